import IrisSystem

/// Keys and signatures made for these tests with the `openssl` command; the private keys were thrown away.
///
/// All signatures are over `message`, which has the look of a token's signed part.
enum SignatureVectors {
  static let message = Array("eyJhbGciOiJYIn0.eyJzdWIiOiJ0ZXN0In0".utf8)

  /// 2048 bits, with the exponent 65537.
  static let rsaModulus = bytes(
    """
    nFFzXwopDdkW5xc_lrM12tA3mI8Zu7yiGy5PFi7QZK9DOYb9WdQ843eoPJYiZMhRlNEeh4JH3GfgZkhRkaL_zk3jg561O5lPEpxz\
    OWEUriezt_PM5ePoynNRLYjD8HByxPJ7M-mULK7vzPEcypEqZmh743XbLkWIx0qr_qHG3kMimdMu0uvZgCFg5phddijKxy-eCTDB\
    20Ew6Ym9GKJSf48B7OvwkEaK_yQX8NCIzOSOm6rK-pFbdTGa9zaVoQPqNbrBDL8Kge9-gcEXYDk-bCslzzi57oFRVjW6QKrkcvX9\
    WsalfaGK8QWCeCHTKwMInPIWaYEgNL0qmV2mX_mGxw
    """)

  /// 1024 bits.
  static let smallModulus = bytes(
    """
    uttUvW3YuZ3cvEUFpQGLRM-ALfk2zhJOuSVTNtk5lBwLspLZRRCnWLP35qDEaT6dZQjrGKApvhLn09kMbaw5qDkyMTxboJrv-Eoo\
    52BR05g6hVeBSEoiJE3NAhU_L_eUxKHIzkbwy7kiAGzWYDWpPXu4xuVkWSGaSc0Qf8BvLUs
    """)

  /// RSASSA-PKCS1-v1_5, SHA-256.
  static let rs256 = bytes(
    """
    M019M1FWZb8iXjD5SCIue8Ajo4FJkFog2z6b9bSuqUXxQ4jNoy1qI67neORIsrPcINKobXvgxBbacsazBEt6k_7LkP1nPe_nZDkK\
    Nn10WwyXaogddRBf6oxvvqgzWKnk6V1101hM79FzdBpVzRVKsN_Mmhrk12uJDRAIuVKx1tn4rl8F-4EAhrozeauh3uVPCAFvhVc1\
    4y6wxmVlBdLl1yeuQqtX3iaUO3gfjlSfKyp5Wd-1mT7ruiXOvGjhCbAvkebNNS_wCgUxQ53588ofQlPZh-dXd3fjLUNTjGA1iYNV\
    BwGTTm6dC4cCN5KRK56ePozzxGeGpI3riKqA2zg2yg
    """)

  /// RSASSA-PSS, SHA-256, MGF1 with SHA-256, salt of 32 bytes.
  static let ps256 = bytes(
    """
    ItG4RXnLzAK3hDaz0lzsMWkV0uJ_WWzUXq16uZs4qmQczBCAGBb1PbY0vcJHXy7i9GatEai5xUVtwj6q7eiSZFtocyMTxU3of81E\
    447rbj0D4oyIWV35kK8iWQRoSu7StHo8HVDqM_D67rmga0YBAWXQECpT_1zw44jZV4KixPL_FYtrLhWfGZGhXmvyVy7ktrCPJBVT\
    CtQjF-tGdBp7rM4ozZlBVXnTDcs8QzvuEXsi_X3rvJp6iZHpA1CIpQIK4BajGU-vIU4lnXT2xK6wVdBT_r1A5dVPaNSrEcKq2d8T\
    yOgE4H12Hm2Ide6f8QgK7xGCvVgG0r_pUQuRq3mzEw
    """)

  /// As `ps256` with a salt of 20 bytes, which RFC 7518 §3.5 forbids.
  static let ps256ShortSalt = bytes(
    """
    PjAIklpJvVonP_V-TIKJQZAb37Y-AbSOt7B5zv6HZdJvD40QEcWGixE4B7_vmjWEzJRZW_xUcls8JFcIynOQxhwyKVcWKv9A7UQ-\
    x4zO658W8ZNORMuk3tAX21VC0cT_W-8Qjxiw235WLIiJj6ayoMprP9RNx_nEkACdCEV62tIVzL5XY8GMj-WIjDkKtvoYMGKIJqTc\
    -bZI3QEbnfWPA2qgOUG_ncfqKh551iSUNca9mP0HlLQ5PMzV-Qa5Euq8bkTmDleTfEGWfpeju2UAo93OxMwFXZepco5bQALDSlsX\
    yrg3aAdWbFzbl8-hJoizuq4pNHCMuuUOCIUIk0KdbA
    """)

  /// As `ps256` with MGF1 by SHA-1.
  static let ps256OtherMask = bytes(
    """
    SkdcOyvbYktyum2RXnl-3OX4cFktdL0M0ZpPogQzLmQl_dp0ktZs-Np_90ta3SKHZgNaul79IFvzsnWxm6jc4HVoXE1tHtdicNL8\
    u3KHVxTtT8a8DSAuoAVUDXLGrcdKFVlK7nspBGWpG1BAzfsgxxAYNFC4ugC3AP9nZguu0KGgv_1Anq15ynUOWK9_nh1E9I2qIRYg\
    b08LdA3aXoVodfnqgeYt0GbnuWjHgtyIku4E4iDxcvNr_PUbUADdvdtg_Hz6ydIhxuRsOBOgRF7fJv9PVhbqtjzuuVZ0YQn1csgv\
    EKpiD1HQDpYutoMzkt0MyHH9_mClTSMtoaYFlCE3Sw
    """)

  /// A point of P-256.
  static let p256X = bytes("5wsSXW4HU1WPsDwLDsDyARJFwlpV5CcMqmAGo0qD6wk")

  /// Its other coordinate.
  static let p256Y = bytes("AcylAdj9F5TVzfgdPQ-6biy_dc_zZL35BbWNBhLvK2E")

  /// ECDSA, r and s of 32 bytes each.
  static let es256 = bytes("BAaBKmiZgYTGNDQ8JxmG_G06XxVup4ANZ5VIT6R8qbYoRe5aOte5yOsY87a_rKBxUn-7xoCcl1I9GkRvYA2plw")

  /// The same signature in DER.
  static let es256DER = bytes(
    """
    MEQCIAQGgSpomYGExjQ0PCcZhvxtOl8VbqeADWeVSE-kfKm2AiAoRe5aOte5yOsY87a_rKBxUn-7xoCcl1I9GkRvYA2plw
    """)

  /// An Ed25519 key.
  static let ed25519 = bytes("bHl3w9w0-SekvYXqjPEvMDYrgoyLFueT1v2wn5fAg0M")

  /// Ed25519.
  static let edDSA = bytes("nIg3eZtsWF8kG9Hi2Uu_OOQYox5l9ZGcG2ajLGuR7NJMJ-CE0DGLgjFUwwaMOVQ1YXWegKikexd9cI1UN5LaDA")

  private static func bytes(_ text: String) -> [UInt8] {
    Base64URL.decode(text) ?? []
  }
}
