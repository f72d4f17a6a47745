import IrisSystem

/// Units as systemd would load them (systemd.unit(5)), from their files: to ask systemd takes its bus, and rights.
struct UnitFolders {
  /// The order in which a folder's file hides that of the next.
  static let usual = [
    "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
    "/lib/systemd/system",
  ]
  private static let largestFile = 1 << 18

  let folders: [String]
  let files: FileAccess
  let access: FolderAccess

  /// - Parameter path: systemd's own SYSTEMD_UNIT_PATH: folders with colons; an empty part at the end stands for the usual.
  static func folders(path: String?) -> [String] {
    guard let path, !path.isEmpty else { return usual }
    let named = path.split(separator: ":").map(String.init)
    return path.hasSuffix(":") ? named + usual : named
  }

  /// A unit with its drop-ins; nil where there is none, or it is masked.
  /// - Parameter name: `iris-api.socket`, or of a template `iris-api@.service`.
  func unit(_ name: String) -> Unit? {
    guard let path = folders.map({ "\($0)/\(name)" }).first(where: { files.exists($0) }), files.isRegular(path),
      let text = text(path)
    else { return nil }
    let main = UnitFile(text, file: path).assignments
    guard !main.isEmpty else { return nil }
    let extra = dropIns(of: name).flatMap { path in
      self.text(path).map { UnitFile($0, file: path).assignments } ?? []
    }
    return Unit(name: name, path: path, assignments: main + extra)
  }

  /// How many workers of a pool are enabled: the instances that some unit wants.
  func instances(of template: String) -> Int {
    guard let at = template.firstIndex(of: "@") else { return 0 }
    let (stem, suffix) = (template[...at], template[template.index(after: at)...])
    var names: Set<String> = []
    for folder in folders {
      for wants in list(folder) where wants.hasSuffix(".wants") || wants.hasSuffix(".requires") {
        let found = list("\(folder)/\(wants)").filter { $0.hasPrefix(stem) && $0.hasSuffix(suffix) }
        names.formUnion(found.filter { $0.utf8.count > template.utf8.count })
      }
    }
    return names.count
  }

  /// Those of all folders in the order of their names; of one name the first folder's counts.
  private func dropIns(of name: String) -> [String] {
    var paths: [String: String] = [:]
    for parent in Self.dropInFolders(of: name).reversed() {
      for folder in folders {
        for file in list("\(folder)/\(parent)") where file.hasSuffix(".conf") && paths[file] == nil {
          paths[file] = "\(folder)/\(parent)/\(file)"
        }
      }
    }
    return paths.sorted { $0.key < $1.key }.map(\.value)
  }

  /// From the general to the special: of the type, of the name up to each dash, of the unit.
  static func dropInFolders(of name: String) -> [String] {
    guard let dot = name.lastIndex(of: ".") else { return ["\(name).d"] }
    let (stem, type) = (name[..<dot], name[name.index(after: dot)...])
    let prefixes = stem.indices.filter { stem[$0] == "-" }.map { "\(stem[...$0]).\(type).d" }
    return ["\(type).d"] + prefixes + ["\(name).d"]
  }

  private func text(_ path: String) -> String? {
    (try? files.read(path, Self.largestFile)).map { String(decoding: $0, as: UTF8.self) }
  }

  private func list(_ path: String) -> [String] { (try? access.list(path)) ?? [] }
}
