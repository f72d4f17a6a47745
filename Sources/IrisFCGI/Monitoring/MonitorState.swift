internal import FoundationEssentials
import IrisDomain
import IrisSystem

/// What a host remembers from one `iris-fcgi maintain` to the next, so that alerts need no database: what its counters said,
/// what holds, what was told of it.
struct MonitorState: Codable, Equatable, Sendable {
  /// A UUID that tells this memory from one that was lost.
  let source: String
  /// Grows with each time it is kept.
  fileprivate(set) var revision = 0
  /// Seconds that the clocks of `IRIS_TIMEZONE` are before UTC, when the database last said so.
  var utcOffset = 0
  var history = TrafficHistory()
  var book = AlertBook()

  init() throws(RandomError) {
    source = try Random.uuidV7(milliseconds: Clock.realtimeMilliseconds)
  }

  /// The day there, `2026-11-21`.
  /// - Parameter now: Unix seconds.
  func day(at now: Int64) -> String {
    String(Timestamp.rfc3339(microseconds: (now + Int64(utcOffset)) * 1_000_000).prefix(10))
  }

  /// Its month, `2026-11`.
  func month(at now: Int64) -> String { String(day(at: now).prefix(7)) }
}

/// The file of that memory: a line with format and checksum, and a JSON document.
///
/// It is in `IRIS_STATE_DIR`. Where that is full, which is one of the things to tell, it is in `IRIS_RUNTIME_DIR` until the
/// next boot. Whoever uses it holds the lock of the first folder.
struct MonitorFile {
  private static let format = "iris-monitor 1"
  private static let name = "monitor"
  /// Many times what it can become.
  private static let longest = 4 << 20

  let stateDirectory: String
  private let paths: [String]

  init(stateDirectory: String, runtimeDirectory: String) {
    self.stateDirectory = stateDirectory
    paths = [stateDirectory, runtimeDirectory].map { "\($0)/\(Self.name)" }
  }

  /// What was kept last, in either place, and why a file that is there is of no use.
  func load() -> (state: MonitorState?, obstacles: [String]) {
    var states: [MonitorState] = []
    var obstacles: [String] = []
    for path in paths {
      do throws(FileError) {
        if let state = Self.read(try Files.read(path, limit: Self.longest)) {
          states.append(state)
        } else {
          obstacles.append("\(path) is damaged")
        }
      } catch .notFound {
        continue
      } catch {
        obstacles.append("\(error)")
      }
    }
    return (states.max { $0.revision < $1.revision }, obstacles)
  }

  /// Keeps it: on the disk on return.
  func save(_ state: inout MonitorState) throws(FileError) {
    state.revision += 1
    let bytes = Self.bytes(of: state)
    do throws(FileError) { try Files.replace(paths[0], with: bytes) } catch {
      // The reason that is told is the first folder's.
      do { try Files.replace(paths[1], with: bytes) } catch _ { throw error }
    }
  }

  static func bytes(of state: MonitorState) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let document = (try? encoder.encode(state)).map { Array($0) } ?? []
    return Array("\(format) \(checksum(document))\n".utf8) + document
  }

  /// - Returns: nil when it is not whole, or of another format.
  static func read(_ bytes: [UInt8]) -> MonitorState? {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let document = Array(bytes[(end + 1)...])
    guard String(decoding: bytes[..<end], as: UTF8.self) == "\(format) \(checksum(document))" else { return nil }
    return try? JSONDecoder().decode(MonitorState.self, from: Data(document))
  }

  private static func checksum(_ document: [UInt8]) -> String { Hex.encode(Digest.sha256(document)) }
}
