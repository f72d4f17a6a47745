import IrisDomain

extension Configuration {
  /// Understands all settings. Every problem is found in one go: unknown names, malformed values, impossible combinations.
  init(_ settings: Settings, files: FileAccess) throws(ConfigurationProblems) {
    var reader = SettingsReader(settings, files: files)
    self.init(&reader)
    let problems = settings.problems + reader.problems
    guard problems.isEmpty else { throw ConfigurationProblems(lines: problems) }
  }

  private init(_ reader: inout SettingsReader) {
    database = DatabaseSettings(&reader)
    tokens = TokenSettings(&reader)
    externalIssuer = ExternalIssuer(&reader)
    serviceSecret = reader.secret(.serviceSecret)
    backendWebhook = BackendWebhook(&reader)
    anonymisationKeys = reader.secrets(.anonymisationKey)
    gemini = GeminiSettings(&reader)
    backup = BackupSettings(&reader)
    chat = ChatSettings(&reader)
    prices = reader.required(.prices, PriceTable.parse)
    dailyBudget = reader.optional(.dailyBudget, ValueSyntax.millionths)
    limits = reader.required(.limits) { (text) throws(BadValue) in
      try RuleSyntax.limits(text, over: RuleSyntax.standardLimits)
    }
    timeZone = reader.timeZone(.timeZone)
    addresses = PublicAddresses(&reader)
    mail = MailSettings(&reader)
    alerts = AlertSettings(&reader)
    retention = reader.required(.retentionDays) { (text) throws(BadValue) in
      try RuleSyntax.retention(text, over: RuleSyntax.standardRetention)
    }
    spoolMaxBytes = reader.integer(.spoolMaxBytes)
    stateDirectory = reader.required(.stateDirectory, ValueSyntax.path)
    runtimeDirectory = reader.required(.runtimeDirectory, ValueSyntax.path)
    logLevel = reader.requiredWord(.logLevel)
    maxRequests = reader.integer(.maxRequests)
  }
}

extension DatabaseSettings {
  fileprivate init(_ reader: inout SettingsReader) {
    url = reader.secretAddress(.databaseURL, AddressSyntax.database)
    readURL = reader.secretAddress(.databaseReadURL, AddressSyntax.database)
    let prepare: Switch = reader.requiredWord(.databasePrepare)
    preparesStatements = prepare == .on
    if reader.isSet(.databaseReadURL), !reader.isSet(.databaseURL) {
      reader.report(.databaseReadURL, "is set without IRIS_DATABASE_URL; set that too, or remove this")
    }
  }
}

extension TokenSettings {
  fileprivate init(_ reader: inout SettingsReader) {
    secrets = reader.secrets(.jwtSecret)
    issuer = reader.required(.jwtIssuer, ValueSyntax.line)
    audience = reader.required(.jwtAudience, ValueSyntax.line)
    accessSeconds = reader.integer(.accessTTL)
    refreshSeconds = reader.integer(.refreshTTL)
    sessionMaxSeconds = reader.integer(.sessionMaxTTL)
    if reader.areSound(.accessTTL, .refreshTTL), refreshSeconds < accessSeconds {
      reader.report(
        .refreshTTL, "\(refreshSeconds) is less than IRIS_ACCESS_TTL (\(accessSeconds)); make it at least as long")
    }
    if reader.areSound(.refreshTTL, .sessionMaxTTL), sessionMaxSeconds < refreshSeconds {
      reader.report(
        .sessionMaxTTL,
        "\(sessionMaxSeconds) is less than IRIS_REFRESH_TTL (\(refreshSeconds)); make it at least as long")
    }
  }
}

extension ExternalIssuer {
  /// All three variables or none.
  fileprivate init?(_ reader: inout SettingsReader) {
    let issuer = reader.optional(.externalIssuer, ValueSyntax.line)
    let audience = reader.optional(.externalAudience, ValueSyntax.line)
    let keys = reader.optional(.externalJWKS, KeySource.parse)
    reader.requireTogether(.externalIssuer, .externalAudience, .externalJWKS)
    guard let issuer, let audience, let keys else { return nil }
    self.init(issuer: issuer, audience: audience, keys: keys)
  }
}

extension ExternalIssuer.KeySource {
  fileprivate static func parse(_ text: String) throws(BadValue) -> ExternalIssuer.KeySource {
    text.hasPrefix("/") ? .file(path: try ValueSyntax.path(text)) : .address(try AddressSyntax.protected(text))
  }
}

extension BackendWebhook {
  fileprivate init?(_ reader: inout SettingsReader) {
    let url = reader.optional(.backendWebhookURL, AddressSyntax.complete)
    let secret = reader.secret(.backendWebhookSecret)
    reader.requireTogether(.backendWebhookURL, .backendWebhookSecret)
    guard let url, let secret else { return nil }
    guard WebhookKey.bytes(of: secret) != nil else {
      reader.report(
        .backendWebhookSecret,
        "begins with \(WebhookKey.prefix), but is no base64 of at least \(WebhookKey.shortestKey) bytes after it")
      return nil
    }
    self.init(url: url, secret: secret)
  }
}

extension GeminiSettings {
  fileprivate init(_ reader: inout SettingsReader) {
    keys = reader.secrets(.geminiAPIKeys)
    models = reader.required(.geminiModels, ValueSyntax.models)
    baseURL = AddressSyntax.dropping("/v1beta", from: reader.required(.geminiBaseURL, AddressSyntax.base))
  }
}

extension BackupSettings {
  /// Address and model or neither; the other two say nothing without an address.
  fileprivate init?(_ reader: inout SettingsReader) {
    let baseURL = reader.optional(.backupBaseURL, AddressSyntax.base)
    let key = reader.secret(.backupAPIKey)
    let model = reader.optional(.backupModel, ValueSyntax.model)
    let tokenField: BackupTokenField = reader.word(.backupTokenField) ?? .maxTokens
    reader.requireTogether(.backupBaseURL, .backupModel)
    for variable in [Variable.backupAPIKey, .backupTokenField]
    where reader.isSet(variable) && !reader.isSet(.backupBaseURL) && !reader.isSet(.backupModel) {
      reader.report(variable, "is set without IRIS_BACKUP_BASE_URL; set that too, or remove this")
    }
    guard let baseURL, let model else { return nil }
    self.init(
      baseURL: AddressSyntax.dropping("/v1", from: baseURL), key: key, model: model, tokenField: tokenField)
  }
}

extension ChatSettings {
  fileprivate init(_ reader: inout SettingsReader) {
    deadlineSeconds = reader.integer(.chatDeadline)
    connectTimeoutSeconds = reader.integer(.connectTimeout)
    maxOutputTokens = reader.integer(.maxOutputTokens)
    contextTokens = reader.integer(.contextTokens)
    if reader.areSound(.chatDeadline, .connectTimeout), connectTimeoutSeconds > deadlineSeconds {
      reader.report(
        .connectTimeout,
        "\(connectTimeoutSeconds) is more than IRIS_CHAT_DEADLINE (\(deadlineSeconds)); make it at most as long")
    }
  }
}

extension PublicAddresses {
  fileprivate init(_ reader: inout SettingsReader) {
    site = reader.optional(.publicURL, AddressSyntax.base)
    login = reader.optional(.loginURL, AddressSyntax.complete)
    upgrade = reader.optional(.upgradeURL, AddressSyntax.complete)
  }
}

extension MailSettings {
  /// A server needs a sender, and the site to which the links lead; these alone send nothing and do no harm.
  fileprivate init?(_ reader: inout SettingsReader) {
    let server = reader.secretAddress(.smtpURL, AddressSyntax.mailServer)
    let from = reader.optional(.mailFrom, ValueSyntax.mailbox)
    for variable in [Variable.mailFrom, .publicURL] where reader.isSet(.smtpURL) && !reader.isSet(variable) {
      reader.report(.smtpURL, "is set without \(variable.rawValue); set that too, or remove this")
    }
    guard let server, let from else { return nil }
    self.init(server: server, from: from)
  }
}

extension AlertSettings {
  fileprivate init(_ reader: inout SettingsReader) {
    webhookURL = reader.secretAddress(.alertWebhookURL, AddressSyntax.complete)
    errorRate = reader.required(.alertErrorRate, ValueSyntax.fraction)
  }
}
