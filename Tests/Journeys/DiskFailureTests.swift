import Foundation
import Support
import Testing

@testable import Baton

/// A disk that answers the program's fsync with an error.
struct DiskFailureTests {
    /// Stands between the program and the C library: while the file named in FAULT_FILE exists, syncing a database file fails.
    private static let shim = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        static int fails(int fd) {
            const char *file = getenv("FAULT_FILE");
            char link[64], path[4096];
            if (!file || access(file, F_OK) != 0) return 0;
            snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
            ssize_t length = readlink(link, path, sizeof path - 1);
            if (length < 0) return 0;
            path[length] = 0;
            return strstr(path, "baton.sqlite") != 0;
        }
        static int sync_with(const char *name, int fd) {
            if (fails(fd)) { errno = EIO; return -1; }
            int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, name);
            return real(fd);
        }
        int fsync(int fd) { return sync_with("fsync", fd); }
        int fdatasync(int fd) { return sync_with("fdatasync", fd); }
        """

    private func compiler() -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return folders.flatMap { folder in ["clang", "cc", "gcc"].map { folder + "/" + $0 } }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    @Test
    func `after a failed fsync nothing is acknowledged, the process ends with 74, and the retry with the same key resolves the doubt`()
        async throws
    {
        guard let compiler = compiler() else { return print("Skipped: there is no C compiler on the PATH.") }
        let folder = try TemporaryFolder()
        let source = try folder.write(Self.shim, to: "shim.c")
        var program = try Program(
            "baton",
            environment: [
                "BATON_DATA": folder.file("data"), "BATON_CONFIG": Project.path("Config"), "BATON_PROMPTS": Project.path("Prompts"),
            ])
        let built = try await program.other(compiler).run(["-shared", "-fPIC", "-o", folder.file("shim.so"), source, "-ldl"])
        guard built.status == 0 else { return print("Skipped: the C compiler makes no shared library here: \(built.talk)") }
        let plain = program
        program.environment["LD_PRELOAD"] = folder.file("shim.so")
        program.environment["FAULT_FILE"] = folder.file("fault")

        let holder = try LiveProgram(program, ["chat"])
        #expect(await holder.says("/quit ends."))
        #expect(try await plain.run(["credit", "grant", "1", "--key", "before"]).status == 0)
        try folder.write("", to: "fault")
        let doubtful = try await plain.run(["credit", "grant", "2", "--key", "doubt"])
        #expect(doubtful.status == Exit.io.rawValue || doubtful.status == Exit.tryLater.rawValue, "\(doubtful)")
        #expect(!doubtful.output.contains("Granted"))
        let end = await holder.end()
        #expect(!end.wasKilled && end.status == Exit.io.rawValue && end.talk.contains("The disk failed"), "\(end.status) \(end.talk)")

        // The disk is well again: whatever of the doubtful grant is there, repeating it makes it one.
        try FileManager.default.removeItem(atPath: folder.file("fault"))
        let again = try await plain.run(["credit", "grant", "2", "--key", "doubt"])
        #expect(again.status == 0, "\(again)")
        let credit = try await plain.run(["credit", "--json"])
        #expect(credit.output.contains("\"53\""), "\(credit.output)")
        let verify = try await plain.run(["verify"])
        #expect(verify.status == 0, "\(verify)")
        folder.close()
    }

    @Test func `a file that may not grow any more is an error of the disk, not a crash`() async throws {
        let folder = try TemporaryFolder()
        let program = try Program(
            "baton",
            environment: [
                "BATON_DATA": folder.file("data"), "BATON_CONFIG": Project.path("Config"), "BATON_PROMPTS": Project.path("Prompts"),
            ])
        #expect(try await program.run(["credit"]).status == 0)
        let run = try await program.other("/bin/bash").run(["-c", "trap '' XFSZ; ulimit -f 100; exec '\(program.path)' ingest"])
        #expect(!run.wasKilled && run.status == Exit.io.rawValue, "\(run)")
        #expect(try await program.run(["verify"]).status == 0)
        #expect(try await program.run(["ingest"]).status == 0)
        folder.close()
    }
}
