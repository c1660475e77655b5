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
        static int is_full(int fd) {
            static int writes;
            const char *file = getenv("FULL_FILE");
            char link[64], path[4096];
            if (!file || access(file, F_OK) != 0) return 0;
            snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
            ssize_t length = readlink(link, path, sizeof path - 1);
            if (length < 0) return 0;
            path[length] = 0;
            return strstr(path, "baton.sqlite") != 0 && __atomic_add_fetch(&writes, 1, __ATOMIC_SEQ_CST) % 31 == 0;
        }
        ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t place) {
            ssize_t (*real)(int, const void *, size_t, off64_t) = (ssize_t (*)(int, const void *, size_t, off64_t)) dlsym(RTLD_NEXT, "pwrite64");
            if (is_full(fd)) { errno = ENOSPC; return -1; }
            return real(fd, bytes, count, place);
        }
        ssize_t pwrite(int fd, const void *bytes, size_t count, off_t place) { return pwrite64(fd, bytes, count, place); }
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

        // The log is left for the start that reads it.
        let log = try FileManager.default.attributesOfItem(atPath: folder.file("data/baton.sqlite-wal"))[.size] as? Int
        #expect((log ?? 0) > 0)

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

    @Test func `a disk that is full at every thirty-first write refuses some, loses none, and needs no restart`() async throws {
        guard let compiler = compiler() else { return print("Skipped: there is no C compiler on the PATH.") }
        let folder = try TemporaryFolder()
        let source = try folder.write(Self.shim, to: "shim.c")
        let plain = try Program(
            "baton",
            environment: [
                "BATON_DATA": folder.file("data"), "BATON_CONFIG": Project.path("Config"), "BATON_PROMPTS": Project.path("Prompts"),
            ])
        let built = try await plain.other(compiler).run(["-shared", "-fPIC", "-o", folder.file("shim.so"), source, "-ldl"])
        guard built.status == 0 else { return print("Skipped: the C compiler makes no shared library here: \(built.talk)") }
        var program = plain
        program.environment["LD_PRELOAD"] = folder.file("shim.so")
        program.environment["FULL_FILE"] = folder.file("full")
        let holder = try LiveProgram(program, ["chat"])
        #expect(await holder.says("/quit ends."))
        try folder.write("", to: "full")
        var refused: [String] = []
        for number in 0..<24 {
            let run = try await plain.run(["credit", "grant", "1", "--key", "g\(number)"])
            #expect([0, Exit.io.rawValue].contains(run.status), "\(run)")
            if run.status != 0 {
                #expect(run.talk.contains("The disk is full"), "\(run.talk)")
                refused.append("g\(number)")
                // Reading goes on.
                #expect(try await plain.run(["usage"]).status == 0)
            }
        }
        #expect(!refused.isEmpty && refused.count < 24)
        try FileManager.default.removeItem(atPath: folder.file("full"))
        for key in refused {
            let run = try await plain.run(["credit", "grant", "1", "--key", key])
            #expect(run.status == 0 && run.output.contains("Granted"), "\(run)")
        }
        #expect(try await plain.run(["credit", "--json"]).output.contains("\"74\""))
        #expect(try await plain.run(["verify"]).status == 0)
        holder.type("/quit")
        let end = await holder.end()
        #expect(end.status == 0 && !end.wasKilled, "\(end.talk)")
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
