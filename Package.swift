// swift-tools-version: 6.2
import PackageDescription

// The rooms of ARCHITECTURE.md as targets. A dependency written here is a decision: `Tests/House` compares this
// list with the map, and the build refuses an import that is not declared.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let concurrencyHelpers = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["Support"], swiftSettings: strict)
}

let package = Package(
    name: "baton",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CCurlSys", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CCurl", dependencies: ["CCurlSys"]),
        room("Notation", [yams]),
        room("Transfer", ["CCurl", "CCurlSys", concurrencyHelpers]),
        room("Storage", [grdb, crypto, concurrencyHelpers]),
        room("Inbox", ["Storage"]),
        room("Delivery", ["Storage", "Transfer", crypto, concurrencyHelpers]),
        room("Web", ["Storage", "Inbox", "Delivery", "Notation"]),
        .target(
            name: "Support", dependencies: [concurrencyHelpers],
            path: "Tests/Support", swiftSettings: strict),
        tests("TransferTests", ["Transfer"]),
        tests("StorageTests", ["Storage"]),
        tests("DeliveryTests", ["Delivery", "Storage", "Transfer", concurrencyHelpers]),
        tests("WebTests", ["Web", "Delivery", "Inbox", "Storage"]),
    ],
    cxxLanguageStandard: .cxx17
)
