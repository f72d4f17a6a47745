import IrisDomain
import Testing

@testable import IrisFCGI

/// A mail to somebody who forgot the password, and what its reader does with it.
struct PasswordMail {
  /// Of an application that can send mails.
  static let variables = [
    "IRIS_SMTP_URL": "smtp://mail.example:25", "IRIS_MAIL_FROM": "alessio@iris.example",
    "IRIS_PUBLIC_URL": "https://iris.example",
  ]
  static let email = "lea@exemple.fr"
  static let password = "une phrase de passe"

  static func credentials(_ password: String = password) -> String {
    #"{"email":"\#(email)","password":"\#(password)"}"#
  }

  let message: MailMessage
  let token: String

  /// Asks for a mail and prepares it as the outbox does.
  init(_ application: TestApplication, _ database: TestDatabase, language: String? = nil) throws {
    let reply = application.post(
      "/api/v1/auth/password/forgot", #"{"email":"\#(Self.email)"}"#, language: language)
    try #require(reply.status == 202)
    message = try #require(try Self.prepare(application, database))
    token = try #require(message.text.split(separator: "#token=").last?.split(separator: "\n").first.map(String.init))
  }

  /// Prepares the newest notice of a forgotten password.
  static func prepare(_ application: TestApplication, _ database: TestDatabase) throws -> MailMessage? {
    let newest = "FROM iris.outbox WHERE topic = '\(PasswordForgotten.topic)' ORDER BY id DESC LIMIT 1"
    let id = try #require(try database.text("SELECT id::text \(newest)"))
    let payload = try StrictJSON.parse(Array((try database.text("SELECT payload::text \(newest)") ?? "").utf8))
    guard case .object(let members) = payload else { return nil }
    return try PasswordForgotten.prepare(id: id, payload: members, application.services)
  }

  func reset(_ application: TestApplication, _ password: String = "une toute nouvelle phrase") -> Reply {
    application.post("/api/v1/auth/password/reset", #"{"token":"\#(token)","new_password":"\#(password)"}"#)
  }
}
