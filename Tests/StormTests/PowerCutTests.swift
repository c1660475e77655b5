import Foundation
import Inbox
import Metering
import Notation
import Retrieval
import Storage
import Storm
import Support
import Testing

@testable import Baton

/// The real server, and the disk as a power cut would leave it at any moment: what anybody was told is there, and nothing is damaged.
struct PowerCutTests {
    @Test func `no power cut loses a message that anybody was told of, or damages anything`() async throws {
        let tools = try TemporaryFolder()
        defer { tools.close() }
        let shim = try await PowerCut.build("shim.c", into: tools, ["-shared", "-fPIC", "-ldl", "-lpthread"])
        let work = try TemporaryFolder()
        defer { work.close() }
        let (data, journal) = (work.file("data"), tools.file("journal"))
        try await load(PowerCut.variables(shim: shim, folder: data, journal: journal), data: data)
        let written = try DiskJournal(path: journal)
        var checked = (images: 0, told: 0)
        try await PowerCut.eachImage(of: written, folder: data, count: PowerCut.images, seed: 3) { image, place in
            let told = Self.messages(in: written.words(before: place))
            let kept = try await kept(in: image)
            #expect(told.isSubset(of: kept), "lost: \(told.subtracting(kept).prefix(3))")
            checked.images += 1
            checked.told = max(checked.told, told.count)
        }
        print("power: \(checked.images) images of the server's disk, up to \(checked.told) messages told, none lost, none damaged")
        #expect(checked.images == PowerCut.images && checked.told > 50)
    }

    /// Customers and teammates at the server for a while, its files and words written down; then it is killed.
    private func load(_ variables: [String: String], data: String) async throws {
        let folder = (data as NSString).deletingLastPathComponent
        let model = try StormModel(seed: 5)
        defer { model.close() }
        let places = ServedProgram.Places(folder: folder)
        #expect(places.data == data)
        try StormWorld.write(to: places.config, model: model.url, turnDeadlineSeconds: 8)
        var settings = StormSettings(program: try Program("baton").path, prompts: Project.path("Prompts"), folder: folder)
        (settings.rounds, settings.clients, settings.kills, settings.keeps) = (1, 16, false, true)
        settings.loadMilliseconds = 2500...2500
        settings.variables = variables
        let storm = try Storm(settings)
        let report = try await Turnstile.servers.pass { try await storm.run() }
        #expect(report.isClean, "\(report.line)")
    }

    /// The ids of messages in words said to clients.
    private static func messages(in words: String) -> Set<String> {
        Set(words.components(separatedBy: "\"msg_").dropFirst().map { "msg_" + $0.prefix { $0.isLetter || $0.isNumber } })
    }

    /// Opens an image as the server would, and checks everything it keeps.
    private func kept(in image: String) async throws -> Set<String> {
        let store = try Store(folder: image, migrations: Installation.migrations)
        do {
            let meter = Meter(clock: .system)
            let kept = try await store.read { snapshot in
                let verdict: [String] = try snapshot.rows("PRAGMA integrity_check").map { try $0[0] }
                #expect(verdict == ["ok"])
                #expect(try snapshot.rows("PRAGMA foreign_key_check").isEmpty)
                for report in try meter.verifyAll(in: snapshot) { #expect(report.isSound, "\(report.findings)") }
                return Set(try snapshot.rows("SELECT id FROM message").map { try $0[0] as String })
            }
            await store.close()
            return kept
        } catch {
            await store.close()
            throw error
        }
    }
}
