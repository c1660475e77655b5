import Foundation
import Notation
import Storm
import Support
import Testing

/// The real server on a disk that is full, and on one whose syncs fail (`Tests/Power/shim.c` makes them so, for as long as a file says it).
struct DiskFaultTests {
    private static let question = "How long does a bank withdrawal take to arrive?"

    private func onBrokenDisk(_ body: (RunningService, _ fault: (String) throws -> Void) async throws -> Void) async throws {
        let tools = try TemporaryFolder()
        defer { tools.close() }
        let shim = try await PowerCut.build("shim.c", into: tools, ["-shared", "-fPIC", "-ldl", "-lpthread"])
        let fault = try tools.write("none", to: "fault")
        let variables = ["LD_PRELOAD": shim, "CUT_FOLDER": "{data}", "CUT_JOURNAL": tools.file("journal"), "CUT_FAULT": fault]
        try await RunningService.run(variables: variables) { service in
            try await body(service) { try tools.write($0, to: "fault") }
        }
    }

    @Test func `on a full disk nothing is acknowledged, reading works, and with room again the same request is stored once`() async throws {
        try await onBrokenDisk { service, fault in
            let customer = try await service.open()
            let process = service.served.processID
            try fault("enospc")
            let call = service.message(Self.question, from: customer)
            for _ in 0..<3 { #expect(await service.caller.attempt(call) == nil) }
            #expect(service.caller.serverErrors.keys.allSatisfy { $0.hasPrefix("POST 507") }, "\(service.caller.serverErrors)")
            #expect(try await service.thread(customer).isEmpty)
            try fault("none")
            #expect(try await service.call(call).isSuccess)
            let thread = try await service.thread(customer) { $0.count > 1 }
            #expect(thread.count { $0.author == "customer" } == 1)
            #expect(service.served.processID == process && service.served.endedByItself == nil)
        }
    }

    @Test func `where a sync fails nothing is acknowledged, the process ends with 74, and the repeated request is stored once`()
        async throws
    {
        try await onBrokenDisk { service, fault in
            let customer = try await service.open()
            try fault("eio")
            let call = service.message(Self.question, from: customer)
            #expect(await service.caller.attempt(call) == nil)
            for _ in 0..<1000 where service.served.endedByItself == nil { await Caller.pause(milliseconds: 10) }
            #expect(await service.served.end(by: SIGKILL) == 74)
            try fault("none")
            try await service.served.start()
            #expect(try await service.call(call).isSuccess)
            let thread = try await service.thread(customer) { $0.count > 1 }
            #expect(thread.count { $0.author == "customer" } == 1)
        }
    }
}
