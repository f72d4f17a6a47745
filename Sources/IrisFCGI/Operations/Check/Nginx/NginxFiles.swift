import IrisSystem

/// nginx's configuration as its files say it, includes followed. The files and not `nginx -T`: that opens logs, makes folders
/// and reads keys, so it changes the host, and few may run it (docs/adr/0030).
struct NginxFiles {
  static let usual = "/etc/nginx/nginx.conf"
  private static let largestFile = 1 << 20
  private static let mostFiles = 1_000
  private static let deepest = 16

  let files: FileAccess
  let folders: FolderAccess
  /// Relative names are below it: the main file's folder.
  private let folder: String
  private var count = 0
  /// What could not be read, each once.
  private(set) var problems: [String] = []
  private(set) var directives: [NginxDirective] = []

  /// - Parameter path: of the main file.
  init(_ path: String, files: FileAccess, folders: FolderAccess) {
    self.files = files
    self.folders = folders
    folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    directives = read(path, depth: 0)
  }

  private mutating func read(_ path: String, depth: Int) -> [NginxDirective] {
    count += 1
    guard depth < Self.deepest, count <= Self.mostFiles else {
      note("\(path) is not read: too many files include each other")
      return []
    }
    do {
      return follow(try NginxSyntax.parse(try files.read(path, Self.largestFile), file: path), depth: depth)
    } catch let fault as NginxSyntax.Fault {
      note("\(fault.place): \(fault.words)")
    } catch {
      note("\(error)")
    }
    return []
  }

  private mutating func follow(_ directives: [NginxDirective], depth: Int) -> [NginxDirective] {
    var all: [NginxDirective] = []
    for var directive in directives {
      if directive.name == "include", directive.block == nil, let pattern = directive.arguments.first {
        for path in paths(pattern) { all += read(path, depth: depth + 1) }
        continue
      }
      if let block = directive.block { directive.block = follow(block, depth: depth) }
      all.append(directive)
    }
    return all
  }

  private mutating func note(_ problem: String) {
    if !problems.contains(problem) { problems.append(problem) }
  }

  /// The files that a name or a pattern means (glob(7), but for its brackets), in their order.
  private func paths(_ pattern: String) -> [String] {
    let full = pattern.hasPrefix("/") ? pattern : "\(folder)/\(pattern)"
    guard full.contains(where: { "*?".contains($0) }) else { return [full] }
    var found = [""]
    for part in full.split(separator: "/") {
      guard part.contains(where: { "*?".contains($0) }) else {
        found = found.map { "\($0)/\(part)" }
        continue
      }
      found = found.flatMap { parent in
        ((try? folders.list(parent.isEmpty ? "/" : parent)) ?? [])
          .filter { Self.matches(Array($0.utf8), Array(part.utf8)) }.map { "\(parent)/\($0)" }
      }
    }
    return found
  }

  /// Whether a name is meant by a pattern; a leading dot has to be written out.
  static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
    if name.first == UInt8(ascii: "."), pattern.first != UInt8(ascii: ".") { return false }
    // One star is remembered at a time, so the time is bounded by the product of the lengths.
    var (position, place) = (0, 0)
    var star: (place: Int, position: Int)?
    while position < name.count {
      if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
        star = (place, position)
        place += 1
      } else if place < pattern.count, pattern[place] == name[position] || pattern[place] == UInt8(ascii: "?") {
        position += 1
        place += 1
      } else if let last = star {
        star = (last.place, last.position + 1)
        position = last.position + 1
        place = last.place + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
