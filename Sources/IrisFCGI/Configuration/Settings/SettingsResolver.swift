import IrisSystem

/// Finds the text of every option and every name that is no option.
struct SettingsResolver {
  private let layers: ConfigurationLayers
  private let files: FileAccess
  private var settings = Settings()

  private static let largestSecret = 65_536

  /// Reads every secret's file anew.
  static func resolve(_ layers: ConfigurationLayers, files: FileAccess) -> Settings {
    var resolver = SettingsResolver(layers: layers, files: files)
    resolver.settings.problems = layers.problems
    resolver.settings.warnings = layers.warnings
    resolver.reportUnknownNames()
    for option in OptionTable.rows { resolver.resolve(option) }
    return resolver.settings
  }

  private init(layers: ConfigurationLayers, files: FileAccess) {
    self.layers = layers
    self.files = files
  }

  /// The first layer that knows `NAME` or `NAME_FILE` decides; an empty text there is as good as none. Then comes the
  /// credential, then the fallback.
  private mutating func resolve(_ option: Option) {
    for layer in ConfigurationLayers.Layer.allCases {
      let direct = layers.setting(option.name, in: layer)
      let byFile = option.fileName.flatMap { layers.setting($0, in: layer) }
      guard direct != nil || byFile != nil else { continue }
      if settle(option, direct: nonEmpty(direct), byFile: nonEmpty(byFile)) { return }
      break
    }
    if option.isSecret, resolveCredential(option) { return }
    guard let fallback = option.fallback else { return }
    settings.values[option.variable] = Setting(text: Secret(fallback), source: .fallback)
  }

  private func nonEmpty(_ setting: Setting?) -> Setting? {
    setting?.text.byteCount == 0 ? nil : setting
  }

  /// False: both are empty.
  private mutating func settle(_ option: Option, direct: Setting?, byFile: Setting?) -> Bool {
    if direct != nil, byFile != nil {
      settings.problems.append("\(option.name): is set and so is \(option.name)_FILE; keep one of the two")
      return true
    }
    if let byFile {
      resolveFile(option, path: byFile.text.exposed)
      return true
    }
    guard let direct else { return false }
    settings.values[option.variable] = direct
    return true
  }

  /// The file's marks are taken before it is read: a change in between is noticed at the next look.
  private mutating func resolveFile(_ option: Option, path: String) {
    let name = "\(option.name)_FILE"
    guard path.hasPrefix("/") else {
      settings.problems.append("\(name): is not an absolute path; give the whole path of the file with the secret")
      return
    }
    settings.watchedFiles.updateValue(files.identity(of: path), forKey: path)
    do throws(FileError) {
      let bytes = try files.read(path, Self.largestSecret)
      if files.isOpenToOthers(path) {
        settings.warnings.append("\(name): \(path) is open to every user; chmod 640 it")
      }
      store(option, bytes: bytes, name: name, path: path, source: .file(path: path))
    } catch {
      settings.problems.append("\(name): \(error); name a readable file that holds the secret alone")
    }
  }

  /// Looks into `$CREDENTIALS_DIRECTORY` (systemd.exec(5)); true when there is such a credential.
  private mutating func resolveCredential(_ option: Option) -> Bool {
    guard let folder = layers.environment["CREDENTIALS_DIRECTORY"]?.exposed, !folder.isEmpty else { return false }
    let path = "\(folder)/\(option.credentialName)"
    do throws(FileError) {
      let bytes = try files.read(path, Self.largestSecret)
      store(option, bytes: bytes, name: option.name, path: path, source: .credential(path: path))
    } catch .notFound {
      return false
    } catch {
      settings.problems.append("\(option.name): \(error); check the unit's LoadCredential=")
    }
    return true
  }

  /// A secret's file holds one line; its end of line does not belong to the secret.
  private mutating func store(_ option: Option, bytes: [UInt8], name: String, path: String, source: ValueSource) {
    var content = bytes[...]
    if content.last == 0x0A { content.removeLast() }
    if content.last == 0x0D { content.removeLast() }
    guard !content.isEmpty else {
      settings.problems.append("\(name): \(path) is empty; write the secret into it")
      return
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      settings.problems.append("\(name): \(path) is not UTF-8 text; write the secret as text, such as base64url")
      return
    }
    settings.values[option.variable] = Setting(text: Secret(text), source: source)
  }

  private mutating func reportUnknownNames() {
    for name in layers.names where name.hasPrefix("IRIS_") && !OptionNames.isKnown(name) {
      let line = layers.environment[name] == nil ? layers.setting(name, in: .file)?.source.place : nil
      let place = line.map { " (\($0))" } ?? ""
      settings.problems.append("\(OptionNames.shown(name))\(place): \(OptionNames.advice(on: name))")
    }
  }
}
