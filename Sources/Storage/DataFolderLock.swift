import Foundation
import NIOConcurrencyHelpers

/// One process owns a data directory at a time: an exclusive `flock` on a file in it, with the owner's pid inside. The kernel gives the lock free when
/// the process dies, however it dies.
final class DataFolderLock: Sendable {
    private let descriptor: NIOLockedValueBox<Int32>

    /// - Throws: `StorageError.alreadyInUse` or `.folderUnusable`.
    init(folder: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StorageError.folderUnusable(folder: folder, why: "it cannot be created")
        }
        let file = open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StorageError.folderUnusable(folder: folder, why: String(cString: strerror(errno))) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            var buffer = [UInt8](repeating: 0, count: 16)
            let count = pread(file, &buffer, buffer.count, 0)
            close(file)
            let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            throw StorageError.alreadyInUse(folder: folder, pid: Int32(text))
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(file, 0)
        pwrite(file, text, text.count, 0)
        descriptor = NIOLockedValueBox(file)
    }

    /// Gives the directory free. Safe to call twice.
    func release() {
        let file = descriptor.withLockedValue { file in
            defer { file = -1 }
            return file
        }
        guard file >= 0 else { return }
        // Said in so many words: a child process that is just being started holds a copy of the descriptor until it runs its program, and with it the lock.
        flock(file, LOCK_UN)
        close(file)
    }

    deinit { release() }
}
