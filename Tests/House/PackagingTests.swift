import Foundation
import Support
import Testing

/// What the unit and the container promise.
struct PackagingTests {
    private func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: Project.root + "/" + path, encoding: .utf8).components(separatedBy: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    /// The directives of the unit, by section.
    private func unit() throws -> [String: [(name: String, value: String)]] {
        var section = ""
        var unit: [String: [(String, String)]] = [:]
        for line in try lines("Packaging/baton.service") where !line.isEmpty && !line.hasPrefix("#") {
            if line.hasPrefix("[") {
                section = line
                continue
            }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let hasValue = parts.count == 2
            #expect(hasValue, "\(line) is no directive")
            if hasValue { unit[section, default: []].append((parts[0], parts[1])) }
        }
        return unit
    }

    @Test func `the unit has an account of its own, writes nothing but its data, and cannot get more rights`() throws {
        let service = try #require(try unit()["[Service]"])
        func has(_ name: String, _ value: String) -> Bool { service.contains { $0.name == name && $0.value == value } }
        for (name, value) in [
            ("Type", "exec"), ("DynamicUser", "yes"), ("NoNewPrivileges", "yes"), ("CapabilityBoundingSet", ""),
            ("AmbientCapabilities", ""),
            ("ProtectSystem", "strict"), ("ProtectHome", "yes"), ("PrivateTmp", "yes"), ("PrivateDevices", "yes"), ("PrivateUsers", "yes"),
            ("StateDirectory", "baton"), ("StateDirectoryMode", "0700"), ("UMask", "0077"), ("MemoryDenyWriteExecute", "yes"),
            ("RestrictSUIDSGID", "yes"), ("RestrictNamespaces", "yes"), ("LockPersonality", "yes"), ("ProtectProc", "invisible"),
            ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"), ("SystemCallFilter", "@system-service"),
            ("SystemCallFilter", "~@privileged @resources"), ("Restart", "always"), ("RestartSec", "100ms"), ("KillSignal", "SIGTERM"),
            ("ExecReload", "/bin/kill -HUP $MAINPID"),
        ] {
            #expect(has(name, value), "\(name)=\(value) is missing")
        }
        #expect(!service.contains { ["User", "ReadWritePaths", "EnvironmentFile"].contains($0.name) })
        #expect(!service.contains { $0.name == "Environment" && $0.value.lowercased().contains("key") && !$0.value.contains("FILE") })
        let backtrace = try #require(service.first { $0.value.hasPrefix("SWIFT_BACKTRACE=") }).value
        for part in ["registers=none", "images=none", "sanitize=yes"] { #expect(backtrace.contains(part)) }
        // A wrong configuration or damaged data would only be repeated.
        #expect(service.first { $0.name == "RestartPreventExitStatus" }?.value.split(separator: " ") == ["2", "3", "8"])
        let limits = try #require(try unit()["[Unit]"])
        #expect(limits.contains { $0.name == "StartLimitBurst" } && limits.contains { $0.name == "After" })
    }

    @Test func `the unit and the container start a program and read settings that exist`() throws {
        let settings = try String(contentsOfFile: Project.root + "/Sources/Baton/Settings/Settings.swift", encoding: .utf8)
        let texts = try lines("Packaging/baton.service") + lines("Packaging/Containerfile")
        for line in texts where !line.hasPrefix("#") {
            for word in line.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }) where word.hasPrefix("BATON_") {
                #expect(settings.contains("\"\(word)\""), "\(word) is no setting")
            }
        }
    }

    @Test func `the container is built in stages, runs as nobody special, keeps one volume, and says whether it is well`() throws {
        let all = try lines("Packaging/Containerfile").filter { !$0.hasPrefix("#") }
        let stages = all.indices.filter { all[$0].hasPrefix("FROM ") }
        #expect(stages.count == 2)
        let last = Array(all[(try #require(stages.last))...])
        let account = try #require(last.last { $0.hasPrefix("USER ") }).dropFirst("USER ".count)
        #expect(
            account.split(separator: ":").allSatisfy { Int($0).map { $0 > 0 } ?? false },
            "a number, so that the host can see that it is not root")
        #expect(last.filter { $0.hasPrefix("VOLUME ") } == ["VOLUME [\"/data\"]"])
        #expect(last.contains { $0.hasPrefix("HEALTHCHECK ") && $0.contains("[\"baton\", \"health\"]") })
        #expect(last.contains("STOPSIGNAL SIGTERM") && last.contains { $0.hasPrefix("ENTRYPOINT [") })
        #expect(last.contains { $0.contains("SWIFT_BACKTRACE=") && $0.contains("registers=none") && $0.contains("sanitize=yes") })
        // No compiler, no sources and no secret in what is shipped; nothing after the account is given is copied or run.
        #expect(!last.contains { $0.contains("swift build") || $0.hasPrefix("COPY Sources") })
        let user = try #require(last.lastIndex { $0.hasPrefix("USER ") })
        #expect(!last[user...].contains { $0.hasPrefix("RUN ") || $0.hasPrefix("COPY ") })
        let packages = try String(contentsOfFile: Project.root + "/Scripts/bootstrap", encoding: .utf8)
        for package in ["libsqlite3-dev", "libcurl4-openssl-dev", "libxml2-dev", "libstemmer-dev", "libcmark-gfm-dev", "libre2-dev"] {
            #expect(packages.contains(package) && all.contains { $0.contains(package) }, "\(package) is needed for building")
        }
    }
}
