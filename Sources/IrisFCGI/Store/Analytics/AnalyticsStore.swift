import IrisDomain
import IrisSystem

/// What events add up to, for the public and for a user: from the roll-ups and from what is not in them yet, in one
/// statement and so in one snapshot.
struct AnalyticsStore {
  let reads: ReadDatabase
  /// IANA name; decides on days.
  let timeZone: String
  /// When it is, as a `timestamptz`; nil: let the server say.
  var now: String? = nil

  /// Public figures and up to when everything is counted in them, RFC 3339.
  func publicFigures() throws(StoreError) -> (figures: PublicFigures, until: String) {
    let result = try reads.run(
      "SELECT * FROM iris.public_figures($1, $2, $3, $4, $5, $6) ORDER BY section, label",
      [now, timeZone, String(PublicMetrics.windowDays), String(RollUpRules.publicTail)] + RollUpStore.words)
    var figures = PublicFigures()
    var until: String?
    for row in 0..<result.rowCount {
      let label = result.text(1, row: row)
      let figure = PublicFigures.Figure(
        count: result.integer(2, row: row) ?? 0, total: result.integer(3, row: row) ?? 0,
        users: result.integer(4, row: row) ?? 0)
      switch result.text(0, row: row) {
      case "day": figures.days.append((label ?? "", figure))
      case "topic": label.flatMap(Topic.init).map { figures.topics[$0] = figure }
      case "response_time": figures.responseTime = figure
      case "satisfaction": figures.satisfaction = figure
      case "conversion": figures.conversion = figure
      case "retention": label.flatMap { Int($0) }.map { figures.retention[$0] = figure }
      case "until": until = label
      default: break
      }
    }
    guard let until else { throw .unavailable }
    return (figures, until)
  }

  /// What was done under these pseudonyms, which are one user's.
  func userFigures(_ pseudonyms: [String], days: Int) throws(StoreError) -> UserFigures {
    let result = try reads.run(
      "SELECT * FROM iris.user_figures($1, $2, $3, $4, $5, $6, $7) ORDER BY section, label",
      // Hexadecimal digits need no quotes.
      ["{" + pseudonyms.joined(separator: ",") + "}", now, timeZone, String(days), String(RollUpRules.userTail)]
        + RollUpStore.words)
    var figures = UserFigures()
    for row in 0..<result.rowCount {
      let label = result.text(1, row: row)
      let (events, timed, total) = (
        result.integer(2, row: row) ?? 0, result.integer(3, row: row) ?? 0, result.integer(4, row: row) ?? 0
      )
      switch result.text(0, row: row) {
      case "day":
        figures.days.append(
          UserFigures.Day(date: label ?? "", messages: events, timed: timed, milliseconds: total))
      case "topic": label.flatMap(Topic.init).map { figures.topics.append(($0, events)) }
      case "sessions": figures.sessions = events
      case "tokens": (figures.tokensIn, figures.tokensOut) = (events, total)
      case "satisfaction": (figures.ratings, figures.ratingSum) = (events, total)
      default: break
      }
    }
    return figures
  }
}
