/// What holds on a host, since when, and what was told of it. Telling may fail: a change stays one until it is told.
package struct AlertBook: Codable, Equatable, Sendable {
  /// One condition, from its beginning to the telling of its end. Times are Unix seconds.
  package struct Entry: Codable, Equatable, Sendable {
    package let kind: AlertKind
    package let beganAt: Int64
    package var lastAt: Int64
    /// By how much it held at `lastAt`.
    package var text: String
    /// When it was last told that it holds.
    package var toldAt: Int64?
    package var endedAt: Int64?
    package var endIsTold = false
  }

  /// While it lasts, a condition is told again after so long.
  package static let repeatSeconds: Int64 = 86_400

  package private(set) var entries: [Entry] = []
  /// Looks in a row at which a condition was seen that has not begun yet.
  private var looks: [String: Int] = [:]

  package init() {}

  package func isOpen(_ kind: AlertKind) -> Bool { entries.contains { $0.kind == kind && $0.endedAt == nil } }

  /// Takes in what a look at a host found.
  package mutating func judge(_ seen: Observation, by rules: AlertRules) {
    for kind in AlertKind.ofHost {
      switch rules.verdict(on: kind, seen, isOpen: isOpen(kind)) {
      case .unknown: continue
      case .isOver: end(kind, at: seen.now)
      case .holds(let text): hold(kind, text, at: seen.now)
      }
    }
  }

  private mutating func hold(_ kind: AlertKind, _ text: String, at now: Int64) {
    // One that comes back before its end was told has not ended for whoever reads of it.
    if let index = entries.firstIndex(where: { $0.kind == kind && !$0.endIsTold }) {
      entries[index].endedAt = nil
      (entries[index].lastAt, entries[index].text) = (now, text)
      return
    }
    let count = (looks[kind.rawValue] ?? 0) + 1
    looks[kind.rawValue] = count
    guard count >= kind.looksNeeded else { return }
    looks[kind.rawValue] = nil
    entries.removeAll { $0.kind == kind }
    entries.append(Entry(kind: kind, beganAt: now, lastAt: now, text: text))
  }

  private mutating func end(_ kind: AlertKind, at now: Int64) {
    looks[kind.rawValue] = nil
    guard let index = entries.firstIndex(where: { $0.kind == kind && $0.endedAt == nil }) else { return }
    entries[index].endedAt = now
  }

  /// What is to be told now.
  package func changes(at now: Int64) -> [AlertChange] {
    entries.compactMap { entry in
      guard let step = Self.step(entry, at: now) else { return nil }
      return AlertChange(
        step: step, kind: entry.kind.rawValue, subject: nil, beganAt: entry.beganAt, endedAt: entry.endedAt,
        text: entry.text)
    }
  }

  private static func step(_ entry: Entry, at now: Int64) -> AlertChange.Step? {
    if entry.endedAt != nil { return entry.endIsTold ? nil : .ended }
    guard let told = entry.toldAt else { return .began }
    return now - told >= repeatSeconds ? .lasts : nil
  }

  /// The changes of this moment arrived.
  package mutating func told(at now: Int64) {
    for index in entries.indices {
      switch Self.step(entries[index], at: now) {
      case .began, .lasts: entries[index].toldAt = now
      case .ended: entries[index].endIsTold = true
      case nil: continue
      }
    }
  }

  /// The database has all entries as they are now: what is over and told is no more of use.
  package mutating func mirrored() { entries.removeAll(where: \.endIsTold) }
}

/// Something to tell an operator of: that a condition began, still lasts, or ended.
package struct AlertChange: Equatable, Sendable {
  package enum Step: String, Sendable {
    case began, lasts, ended
  }

  package var step: Step
  /// `AlertKind`, or another word that the database has.
  package var kind: String
  /// What it is about, of several of a kind; for the log alone, as it may be a pseudonym.
  package var subject: String?
  /// Unix seconds.
  package var beganAt: Int64
  package var endedAt: Int64?
  /// One sentence without anything personal or secret.
  package var text: String

  package init(
    step: Step, kind: String, subject: String?, beganAt: Int64, endedAt: Int64? = nil, text: String
  ) {
    self.step = step
    self.kind = kind
    self.subject = subject
    self.beganAt = beganAt
    self.endedAt = endedAt
    self.text = text
  }
}
