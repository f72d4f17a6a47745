import IrisDomain
import IrisSystem

@testable import IrisFCGI

/// One run of `iris-fcgi import`.
struct ImportRun {
  let code: Int32
  let errors: String
  let output: String

  init(
    _ place: String, into database: TestDatabase, source: String = ImportRequest.usualSource, isTrial: Bool = false,
    json: Bool = true, _ variables: [String: String] = [:], progress: ImportProgress = ImportProgress(write: nil)
  ) {
    let recording = ConsoleRecording()
    var all = ["IRIS_ANONYMISATION_KEY": Sample.otherKey].merging(variables) { $1 }
    all["IRIS_DATABASE_URL"] = database.url
    let request = ImportRequest(place: place, source: source, isTrial: isTrial)
    code = ImportCommand.run(
      request, json: json, loader: ConfigurationLoader(environment: Sample.environment(all)),
      console: recording.console(), progress: progress)
    output = recording.output
    errors = recording.errors
  }

  private var report: JSONValue { (try? StrictJSON.parse(Array(output.utf8))) ?? .null }

  /// `read imported present skipped refused` of a table.
  func counts(_ table: ImportTable) -> [Int] {
    let counts = report["tables"]?[table.rawValue]
    return ["read", "imported", "present", "skipped", "refused"].map { Int(counts?[$0]?.number ?? -1) }
  }

  /// `row reason column` of the refused rows.
  var refused: [String] {
    (report["refused"]?.items ?? []).map { row in
      "\(Int(row["row"]?.number ?? -1)) \(row["reason"]?.text ?? "?")" + (row["column"]?.text.map { " \($0)" } ?? "")
    }
  }
}

/// What another product may have kept of two people.
enum OldProduct {
  /// Of the password `correct horse battery staple`, as PHP writes it.
  static let hash = "$2y$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG"
  /// A moment in this year, `seconds` after some day's begin.
  static func time(_ seconds: Int, daysAgo: Int = 40) -> String {
    let begin = Clock.realtimeMicroseconds / 86_400_000_000 * 86_400_000_000 - Int64(daysAgo) * 86_400_000_000
    return Timestamp.rfc3339(microseconds: begin + Int64(seconds) * 1_000_000)
  }

  static let session = "0192f3a1-7c3b-4def-9abc-0123456789ab"

  /// Files of a whole import, by their names.
  static var files: [String: String] {
    [
      "accounts.csv": """
      id,email,name,password_hash,tier,beta_until,created_at,external_id
      1,Lea@Exemple.fr,"Léa ""L"" Petit",\(hash),premium,2031-01-31,\(time(0, daysAgo: 700)),
      2,noe@exemple.fr,,,free,,,
      """,
      "iris_chat_sessions.csv": """
      id,user_id,session_id,started_at,message_count,total_tokens,avg_response_time
      10,1,\(session),\(time(0)),9,900,1200.5
      11,2,s-11,\(time(60)),4,,
      """,
      // Not in the order in which it was said.
      "iris_messages.csv": """
      id,session_id,user_id,role,content,created_at
      104,\(session),1,assistant,"Deuxième réponse,
      sur deux lignes",\(time(35))
      101,\(session),1,user,Première question,\(time(10))
      105,\(session),1,user,Sans réponse,\(time(50))
      103,\(session),1,user,Deuxième question,\(time(30))
      102,\(session),1,assistant,Première réponse,\(time(15))
      106,s-12,2,user,Une autre conversation,\(time(90))
      """,
      "user_daily_usage.csv": """
      user_id,date,message_count,tier_at_time,last_message_at
      1,2026-01-05,7,premium,2026-01-05 10:00:00+00
      2,2026-01-05,3,free,
      """,
      "iris_events.csv": """
      id,user_id,event_type,timestamp,metadata,session_id
      1,1,chat_request,\(time(10)),"{""tier"":""premium"",""user_id"":1,""length"":17}",\(session)
      2,99,chat_request,\(time(11)),,s-99
      3,,startup,\(time(12)),{},
      """,
      "iris_errors.csv": """
      id,error_type,error_message,timestamp,user_id,context
      1,provider,user lea@exemple.fr got 503,\(time(10)),1,"{""status"":503,""email"":""lea@exemple.fr""}"
      """,
      "readme.txt": "no table",
    ]
  }

  static func folder(_ files: [String: String] = OldProduct.files) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, text) in files { _ = try folder.write(name, text) }
    return folder
  }
}
