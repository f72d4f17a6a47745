// swift-tools-version: 6.2
import PackageDescription

/// Swift 6 mode comes with the tools version; the rest makes every unsafe expression visible and every warning fatal.
let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A Debian library as a Clang module; a missing one prints the `apt-get install` line that brings it.
func debianLibrary(_ name: String, pkgConfig: String, package: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let package = Package(
  name: "phoenix-iris",
  products: [.executable(name: "iris-fcgi", targets: ["IrisFCGI"])],
  targets: [
    debianLibrary("CFastCGI", pkgConfig: "fcgi", package: "libfcgi-dev"),
    debianLibrary("CPostgres", pkgConfig: "libpq", package: "libpq-dev"),
    debianLibrary("CCurl", pkgConfig: "libcurl", package: "libcurl4-openssl-dev"),
    debianLibrary("CCrypto", pkgConfig: "libcrypto", package: "libssl-dev"),
    .systemLibrary(name: "CSystem"),
    .target(name: "IrisDomain", swiftSettings: strict),
    .target(
      name: "IrisSystem", dependencies: ["CFastCGI", "CPostgres", "CCurl", "CCrypto", "CSystem"],
      swiftSettings: strict),
    .executableTarget(name: "IrisFCGI", dependencies: ["IrisDomain", "IrisSystem"], swiftSettings: strict),
    .testTarget(name: "IrisDomainTests", dependencies: ["IrisDomain"], swiftSettings: strict),
    .testTarget(name: "IrisSystemTests", dependencies: ["IrisSystem"], swiftSettings: strict),
    .testTarget(name: "IrisFCGITests", dependencies: ["IrisFCGI", "IrisDomain", "IrisSystem"], swiftSettings: strict),
  ]
)
