import IrisDomain
import IrisSystem

/// The keyed hashes by which failed logins are counted, and an address is known again. Addresses themselves are stored nowhere.
struct LoginKeys: Sendable {
  /// Of the e-mail address, whether or not there is such an account.
  let account: [UInt8]
  /// Of the client's address or network; nil when the front end does not say, or says what is none.
  let address: [UInt8]?
  /// Of both together: under the key in use first, then under those from before a rotation; empty without an address.
  let known: [[UInt8]]
  /// Whether the operator exempts this address from limits by address.
  let isUnlimited: Bool

  /// The address's key where it is limited.
  var limitedAddress: [UInt8]? { isUnlimited ? nil : address }
}

extension LoginKeys {
  /// - Parameter email: as it is stored, or whatever was sent instead of an address.
  init(email: String, request: Request, _ pseudonyms: Pseudonyms) throws(Problem) {
    account = try pseudonyms.code(Pseudonym.throttledEmail(email))
    isUnlimited = request.isUnlimitedAddress
    guard let network = request.remoteAddress.flatMap({ ClientNetwork($0) })?.text else {
      address = nil
      known = []
      return
    }
    address = try pseudonyms.code(Pseudonym.throttledAddress(network))
    known = pseudonyms.codes(Pseudonym.knownAddress(network, email: email))
  }
}
