/// From a request's body to the members of its JSON object: length 413, type 415, JSON 400, in that order.
enum BodyReader {
  static func members(of request: Request, route: Route) throws -> [String: JSONValue] {
    guard let limit = route.body.limit else { return [:] }
    guard request.contentLength <= limit, request.body != .unread else { throw tooLarge(limit) }
    if request.contentLength == 0, case .optionalObject = route.body { return [:] }
    guard request.contentLength == 0 || isJSON(request.contentType) else { throw Problem(.unsupportedMediaType) }
    guard case .complete(let bytes) = request.body, bytes.count == request.contentLength else {
      throw Problem(.bodyCut)
    }
    return try object(bytes)
  }

  private static func tooLarge(_ limit: Int) -> Problem {
    Problem(
      .bodyTooLarge,
      detail: LocalizedText(
        "Le corps de la requête dépasse \(limit / 1_024) Kio, la taille permise pour cette adresse.",
        en: "The request's body is larger than \(limit / 1_024) KiB, the size that this address takes."))
  }

  /// `application/json`, also with parameters; a charset may only be UTF-8, as RFC 8259 §8.1 has no other.
  private static func isJSON(_ contentType: String?) -> Bool {
    let parts = (contentType ?? "").lowercased().split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
    guard parts.first == "application/json" else { return false }
    return parts.dropFirst().allSatisfy { parameter in
      !parameter.hasPrefix("charset=") || ["charset=utf-8", "charset=\"utf-8\""].contains(parameter)
    }
  }

  private static func object(_ bytes: [UInt8]) throws -> [String: JSONValue] {
    let value: JSONValue
    do throws(JSONRefusal) {
      value = try StrictJSON.parse(bytes)
    } catch {
      throw Problem(.invalidJSON, detail: detail(of: error))
    }
    guard case .object(let members) = value else {
      var problem = Problem(.validationFailed)
      problem.fieldErrors = [
        Problem.FieldError(
          pointer: "", code: "type", detail: LocalizedText("Un objet est attendu.", en: "An object is expected."))
      ]
      throw problem
    }
    return members
  }

  private static func detail(of refusal: JSONRefusal) -> LocalizedText {
    let (french, english): (String, String) =
      switch refusal.reason {
      case .empty: ("Le corps de la requête est vide", "The request's body is empty")
      case .notUTF8: ("Le corps de la requête n'est pas de l'UTF-8", "The request's body is not UTF-8")
      case .syntax: ("Le JSON est mal formé", "The JSON is malformed")
      case .tooDeep:
        (
          "Le JSON dépasse \(StrictJSON.maximumDepth) niveaux",
          "The JSON has more than \(StrictJSON.maximumDepth) levels"
        )
      case .duplicateName: ("Un membre apparaît deux fois dans un objet", "A member appears twice in one object")
      case .loneSurrogate: ("Une séquence \\u est une moitié de paire", "A \\u escape is half of a surrogate pair")
      case .numberOutOfRange: ("Un nombre est hors limites", "A number is out of range")
      case .trailing: ("Du texte suit la valeur JSON", "Text follows the JSON value")
      }
    return LocalizedText("\(french) (octet \(refusal.offset)).", en: "\(english) (byte \(refusal.offset)).")
  }
}
