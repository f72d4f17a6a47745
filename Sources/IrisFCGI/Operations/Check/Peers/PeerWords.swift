import IrisSystem

extension CurlError {
  /// For an operator, after « cannot be reached: ».
  var peerWords: String {
    switch self {
    case .cannotResolve: "its name is not known"
    case .cannotConnect: "no connection"
    case .tls: "TLS failed, or the certificate does not prove the host"
    case .timedOut: "no answer in time"
    case .badURL: "libcurl cannot ask such an address"
    case .tooLarge: "the answer is too large"
    case .abandoned, .stopped, .interrupted: "the connection broke"
    }
  }
}
