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

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let concurrencyHelpers = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func room(_ name: String, _ dependencies: [Target.Dependency], embedding assets: [String] = []) -> Target {
    .target(
        name: name, dependencies: dependencies,
        resources: assets.map { .embedInCode(($0.hasSuffix(".json") ? "Locales/" : "Assets/") + $0) }, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["Support"], swiftSettings: strict)
}

let package = Package(
    name: "baton",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "baton", targets: ["Baton"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CCurlSys", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CCurl", dependencies: ["CCurlSys"]),
        .target(name: "CRegex", linkerSettings: [.linkedLibrary("re2")]),
        .systemLibrary(
            name: "CText", pkgConfig: "libxml-2.0",
            providers: [.apt(["libstemmer-dev", "libcmark-gfm-dev", "libcmark-gfm-extensions-dev", "libxml2-dev"])]),

        room("Notation", [yams]),
        room("Transfer", ["CCurl", "CCurlSys", concurrencyHelpers]),
        room("Storage", [grdb, crypto, concurrencyHelpers]),
        room("Retrieval", ["Storage", "CText", crypto, concurrencyHelpers]),
        room("Prompting", ["Notation", crypto]),
        room("Completion", ["Notation", "Transfer", "Prompting", concurrencyHelpers]),
        room("Escalation", ["Notation", "CRegex", crypto]),
        room("Metering", ["Storage", crypto]),
        room("Inbox", ["Storage"]),
        room(
            "Assistant",
            ["Storage", "Retrieval", "Prompting", "Completion", "Escalation", "Metering", "Inbox", concurrencyHelpers]),
        room("Access", ["Notation", "Storage", crypto, cryptoExtras, concurrencyHelpers]),
        room("Delivery", ["Transfer", "Storage", crypto, concurrencyHelpers]),
        room(
            "Web",
            [
                "Notation", "Storage", "Retrieval", "Escalation", "Metering", "Inbox", "Assistant", "Access", "Delivery",
                hummingbird, hummingbirdCore, httpTypes, nioCore, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix, log,
                serviceLifecycle, unixSignals,
                concurrencyHelpers,
            ],
            embedding: [
                "ar.json", "baton.css", "baton.svg", "case.css", "chat.js", "composer.js", "de.json", "demo.css", "dialogs.css",
                "drafts.js", "en.json", "es.json", "inbox.css", "inbox.js", "invitation.js", "keys.js", "leader.js", "live.js",
                "loader.js", "notify.js", "pages.js", "palette.js", "plain.js", "presence.js", "thread.js", "times.js", "toasts.js",
                "usage.css",
                "widget.css",
            ]),
        room("Storm", ["Transfer", "Notation", crypto, concurrencyHelpers]),
        .executableTarget(
            name: "Baton",
            dependencies: [
                "Notation", "Transfer", "Storage", "Retrieval", "Prompting", "Completion", "Escalation", "Metering", "Inbox", "Assistant",
                "Web", "Storm", "Access", "Delivery",
                argumentParser, hummingbird, httpTypes, nioCore, log, serviceLifecycle, concurrencyHelpers,
            ],
            swiftSettings: strict),

        .executableTarget(
            name: "BatonBench",
            dependencies: [
                "Notation", "Transfer", "Storage", "Retrieval", "Prompting", "Completion", "Escalation", "Metering", "Inbox", "Assistant",
                "Access", "Support", "CText", grdb, concurrencyHelpers,
            ],
            path: "Benchmarks", swiftSettings: strict),

        .target(
            name: "Support", dependencies: [concurrencyHelpers],
            path: "Tests/Support", swiftSettings: strict),
        tests("NotationTests", ["Notation"]),
        tests("TransferTests", ["Transfer", concurrencyHelpers]),
        tests("StorageTests", ["Storage"]),
        tests("RetrievalTests", ["Retrieval", "Storage"]),
        tests("PromptingTests", ["Prompting"]),
        tests("CompletionTests", ["Completion", "Notation", "Transfer", "Prompting"]),
        tests("EscalationTests", ["Escalation"]),
        tests("MeteringTests", ["Metering", "Storage", grdb]),
        tests("InboxTests", ["Inbox", "Storage"]),
        tests("WebTests", ["Web", "Delivery", "Inbox", "Notation", "Storage", httpTypes, nioCore, nioHTTP1]),
        tests("DeliveryTests", ["Delivery", "Storage", "Transfer", concurrencyHelpers]),
        tests("AccessTests", ["Access", "Storage", crypto, concurrencyHelpers]),
        tests(
            "AssistantTests",
            ["Assistant", "Storage", "Retrieval", "Prompting", "Completion", "Escalation", "Metering", "Inbox", concurrencyHelpers]),
        tests(
            "BatonTests",
            [
                "Baton", "Notation", "Storage", "Transfer", "Completion", "Escalation", "Prompting", "Metering", "Inbox", "Assistant",
                "Retrieval", "Access", "Web",
            ]),
        tests(
            "Journeys",
            [
                "Access", "Assistant", "Baton", "Delivery", "Storage", "Retrieval", "Prompting", "Completion", "Transfer", "Escalation",
                "Metering", "Inbox", "Notation", "Web", log, httpTypes, concurrencyHelpers, crypto, grdb,
            ]),
        tests(
            "StormTests",
            [
                "Storm", "Baton", "Assistant", "Notation", "Transfer", "Storage", "Metering", "Inbox", "Retrieval", concurrencyHelpers,
                grdb,
            ]),
        tests("House", []),
    ],
    cxxLanguageStandard: .cxx17
)
