import IrisDomain
import IrisSystem

extension RowConversion {
  func account(_ row: SourceRow) throws(RowRefusal) -> Converted {
    guard row.text("deleted_at") == nil else { throw RowRefusal(reason: .deleted) }
    let old = try row.id("id")
    let address = try address(row)
    let identity = try identity(row, old)
    // A password of Supabase goes on living there: a copy would let in who has changed it since.
    let isForeign = isSupabase && identity != nil
    let password = isForeign ? nil : try passwordHash(row)
    guard address != nil || identity != nil else { throw RowRefusal(reason: .missing, column: "email") }
    // Random: what follows from an old id would lead back to it after an erasure, too.
    guard let id = try? Random.uuidV7(milliseconds: now / 1_000) else { throw RowRefusal(reason: .unavailable) }
    // Who has no password here logs in elsewhere, and the address is shown only.
    let logsInHere = password != nil || identity == nil
    return Converted(row: [
      "line": row.number, "old_id": old, "id": id,
      "email": logsInHere ? address?.text : nil, "name": try name(row), "password_hash": password,
      "tier": try tier(row).rawValue, "beta_until": try row.date("beta_until")?.text,
      "created_us": try row.optionalMoment("created_at", now: now).map { Int($0) }, "disabled": try isDisabled(row),
      "issuer": identity?.issuer, "subject": identity?.subject,
      "external_email": identity == nil ? nil : address?.text, "hashes": erasedHashes(address, identity),
    ])
  }

  private func address(_ row: SourceRow) throws(RowRefusal) -> EmailAddress? {
    guard let text = row.text("email") else { return nil }
    guard let address = EmailAddress(stored: text) else { throw RowRefusal(reason: .invalid, column: "email") }
    return address
  }

  private func identity(_ row: SourceRow, _ old: String) throws(RowRefusal) -> ExternalIdentity? {
    if isSupabase { return issuer.map { ExternalIdentity(issuer: $0, subject: old) } }
    guard let subject = row.text("external_subject", "external_id") else { return nil }
    guard let issuer = row.text("external_issuer") ?? issuer else {
      throw RowRefusal(reason: .missing, column: "external_issuer")
    }
    for text in [subject, issuer] where Normalisation.hasControls(text) || text.unicodeScalars.count > 2_000 {
      throw RowRefusal(reason: .invalid, column: "external_subject")
    }
    return ExternalIdentity(issuer: issuer, subject: subject)
  }

  private func passwordHash(_ row: SourceRow) throws(RowRefusal) -> String? {
    guard let hash = row.text("password_hash", "encrypted_password", "hashed_password") else { return nil }
    guard Password.isUsable(hash) else { throw RowRefusal(reason: .invalid, column: "password_hash") }
    return hash
  }

  private func name(_ row: SourceRow) throws(RowRefusal) -> String? {
    if let name = try row.cleaned("name", "full_name", length: ProfileRules.nameLength) { return name }
    let said = try row.object("raw_user_meta_data")
    guard let name = (said["name"] ?? said["full_name"])?.text.map(Normalisation.clean), !name.isEmpty else {
      return nil
    }
    guard ProfileRules.nameLength.contains(name.unicodeScalars.count) else {
      throw RowRefusal(reason: .tooLong, column: "raw_user_meta_data")
    }
    return name
  }

  /// Of Supabase's two documents its users write one themselves (`raw_user_meta_data`): no tier is taken from there.
  private func tier(_ row: SourceRow) throws(RowRefusal) -> Tier {
    if let tier = try row.tier("tier", "subscription_tier") { return tier }
    return try row.object("raw_app_meta_data")["tier"]?.text.flatMap(Tier.init(rawValue:)) ?? .free
  }

  private func isDisabled(_ row: SourceRow) throws(RowRefusal) -> Bool {
    if row.text("disabled_at") != nil { return true }
    guard let text = row.text("banned_until") else { return false }
    // What is no moment, such as PostgreSQL's infinity, ends never.
    return Moment.microseconds(text).map { $0 > now } ?? true
  }

  /// By which an erased account of the same identity would be known.
  private func erasedHashes(_ address: EmailAddress?, _ identity: ExternalIdentity?) -> [String] {
    var texts: [String] = []
    if let address { texts.append(Pseudonym.erasedEmail(address.text)) }
    if let identity { texts.append(Pseudonym.erasedSubject(issuer: identity.issuer, subject: identity.subject)) }
    return texts.flatMap(pseudonyms.codes).map(Hex.encode)
  }
}
