import IrisDomain

/// `GET /api/v1/topics`: what Alessio can be asked about.
enum TopicsEndpoint {
  /// The list never changes while the program runs, so it is encoded once.
  private static let answer: Result<Response, any Error> = Result { try Response.json(TopicCatalogue.standard) }

  static func list(_ call: Call) throws -> Response { try answer.get() }
}
