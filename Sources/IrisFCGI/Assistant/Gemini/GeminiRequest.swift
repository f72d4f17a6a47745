import IrisDomain

/// Builds `models.generateContent` requests (https://ai.google.dev/api/generate-content).
///
/// The body is byte-stable: the same prompt gives the same bytes, and a conversation that grows keeps the system
/// instruction and its oldest turns as an unchanged prefix, which is what Google's implicit caching looks for.
enum GeminiRequest {
  /// - Parameters:
  ///   - baseURL: Scheme and host, without a trailing slash; the API's version belongs to the path.
  ///   - isStreamed: Whether the answer is to come as server-sent events. The body is the same.
  static func url(baseURL: String, model: String, isStreamed: Bool) -> String {
    modelURL(baseURL: baseURL, model: model) + (isStreamed ? ":streamGenerateContent?alt=sse" : ":generateContent")
  }

  /// The address that describes a model (`models.get`).
  static func modelURL(baseURL: String, model: String) -> String {
    "\(baseURL)/v1beta/models/\(percentEncoded(model))"
  }

  /// The key travels in a header, not in the URL, which would end up in access logs.
  static func headers(key: String) -> [String] {
    ["Content-Type: application/json", "x-goog-api-key: \(key)"]
  }

  /// The body for one prompt.
  ///
  /// Sampling parameters are absent on purpose (deprecated since July 2026); `store:false` keeps Google from storing
  /// prompts and answers, which newer paid projects do by default.
  static func body(_ prompt: Prompt, model: String) -> [UInt8] {
    var json = JSONBytes()
    json.raw("{\"systemInstruction\":{\"parts\":[")
    part(prompt.systemInstruction, &json)
    json.raw("]},\"contents\":")
    contents(prompt, &json)
    json.raw(",\"generationConfig\":{\"maxOutputTokens\":\(prompt.maxOutputTokens)")
    if let level = thinkingLevel(for: model) {
      json.raw(",\"thinkingConfig\":{\"thinkingLevel\":\"\(level)\"}")
    }
    json.raw("},\"safetySettings\":")
    json.array(safetyCategories) { json, category in
      json.raw("{\"category\":\"HARM_CATEGORY_\(category)\",\"threshold\":\"BLOCK_ONLY_HIGH\"}")
    }
    json.raw(",\"store\":false}")
    return json.bytes
  }

  /// The level that keeps thinking cheapest, for the models that are documented to take it: thought tokens are billed
  /// as output and count against `maxOutputTokens`. MINIMAL is an error on 3.7-flash, 3.8-flash and 3.1-pro, any level is
  /// one on models before Gemini 3; every other model keeps its own default.
  static func thinkingLevel(for model: String) -> String? {
    let takesMinimal = ["gemini-3.1-flash-lite", "gemini-3.5-flash-lite", "gemini-3.6-flash"]
    return takesMinimal.contains(model) ? "MINIMAL" : nil
  }

  /// The adjustable filters; they are off unless asked for. Career talk touches on conflict and distress, so only what
  /// Google rates as high is blocked.
  private static let safetyCategories = ["HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT"]

  private static func contents(_ prompt: Prompt, _ json: inout JSONBytes) {
    json.array(prompt.contents) { json, content in
      json.raw("{\"role\":\"\(content.role == .user ? "user" : "model")\",\"parts\":")
      json.array(content.parts) { json, text in part(text, &json) }
      json.raw("}")
    }
  }

  private static func part(_ text: String, _ json: inout JSONBytes) {
    json.raw("{\"text\":")
    json.string(text)
    json.raw("}")
  }

  /// The model's name as one path segment: everything but RFC 3986 unreserved characters is escaped.
  private static func percentEncoded(_ segment: String) -> String {
    segment.utf8.reduce(into: "") { encoded, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        encoded += byte < 0x10 ? "%0" : "%"
        encoded += String(byte, radix: 16, uppercase: true)
      }
    }
  }
}
