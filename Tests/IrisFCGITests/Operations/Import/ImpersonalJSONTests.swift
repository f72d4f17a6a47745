import Testing

@testable import IrisFCGI

@Suite struct ImpersonalJSONTests {
  @Test(
    arguments: [
      (
        #"{"tier":"free","ms":12.5,"cached":true,"none":null}"#, #"{"cached":true,"ms":12.5,"none":null,"tier":"free"}"#
      ),
      (#"{"model":"gemini-2.0-flash","topic":"cv"}"#, #"{"model":"gemini-2.0-flash","topic":"cv"}"#),
      (#"{"user_id":42,"userId":"a","session_id":"b","client_ip":"::1","api_key":"c","user":"d"}"#, "{}"),
      (#"{"message":"Bonjour, je m'appelle Léa","mail":"lea@exemple.fr","lea@exemple.fr":1}"#, "{}"),
      (#"{"ref":"0192f3a1-7c3b-7def-8abc-0123456789ab","from":"192.0.2.1","tel":"0612345678"}"#, "{}"),
      (#"{"reference":"old-7","number":77,"tel":33612345678,"other":78}"#, #"{"other":78}"#),
      (#"{"a":{"email":"x","n":1},"b":["ok","deux mots",{"token":"t"}]}"#, #"{"a":{"n":1},"b":["ok",{}]}"#),
    ])
  func `what could lead to somebody goes`(given: String, kept: String) throws {
    let members = try #require(StrictJSON.members(of: given.utf8))
    #expect(JSONBytes(ImpersonalJSON(ids: ["old-7", "77", nil]).cleaned(members)).text == kept)
  }
}
