import IrisDomain

/// Builds `/v1/chat/completions` requests (https://platform.openai.com/docs/api-reference/chat/create), with nothing in
/// them that a smaller server might refuse. The body is byte-stable, as Gemini's is: local servers keep what they
/// computed for a prompt's beginning.
enum OpenAIRequest {
  /// - Parameter baseURL: Without a trailing slash; the API's version belongs to the path.
  static func url(baseURL: String) -> String { "\(baseURL)/v1/chat/completions" }

  /// - Parameter key: nil for servers that take none.
  static func headers(key: String?) -> [String] {
    ["Content-Type: application/json"] + (key.map { ["Authorization: Bearer \($0)"] } ?? [])
  }

  /// The body for one prompt.
  /// - Parameter tokenField: What the server calls the limit of the answer.
  static func body(_ prompt: Prompt, model: String, tokenField: BackupTokenField, isStreamed: Bool) -> [UInt8] {
    var json = JSONBytes()
    json.raw("{\"model\":")
    json.string(model)
    json.raw(",\"messages\":")
    json.array([("system", prompt.systemInstruction)] + messages(prompt)) { json, message in
      json.raw("{\"role\":\"\(message.0)\",\"content\":")
      json.string(message.1)
      json.raw("}")
    }
    json.raw(",\"\(tokenField.rawValue)\":\(prompt.maxOutputTokens),\"stream\":\(isStreamed)")
    if isStreamed { json.raw(",\"stream_options\":{\"include_usage\":true}") }
    json.raw("}")
    return json.bytes
  }

  /// Not every server takes a list of parts, so a message is one text.
  private static func messages(_ prompt: Prompt) -> [(String, String)] {
    prompt.contents.map { content in
      (content.role == .user ? "user" : "assistant", content.parts.joined(separator: "\n\n"))
    }
  }
}
