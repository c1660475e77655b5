import Foundation
import Storm
import Support

/// What a process did to its files and said to others, in order, as `Tests/Power/shim.c` wrote it down.
struct DiskJournal {
    /// One thing that happened.
    enum Entry {
        case opened(path: String, isNew: Bool)
        case wrote(path: String, offset: Int, bytes: ArraySlice<UInt8>)
        case cut(path: String, size: Int)
        /// Everything about the file that stands before `covered` in the journal is on disk.
        case synced(path: String, covered: Int)
        case folderSynced(path: String, covered: Int)
        case removed(path: String)
        case renamed(from: String, to: String)
        case said(ArraySlice<UInt8>)
    }

    /// Entries with their places in the journal.
    let entries: [(place: Int, entry: Entry)]

    /// - Throws: `SupportError.file` where the journal is not one.
    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw SupportError.file("no journal at \(path)") }
        let bytes = [UInt8](data)
        var entries: [(Int, Entry)] = []
        var paths: [UInt32: String] = [:]
        var at = 0
        func number<Integer: FixedWidthInteger>(_ offset: Int, _ type: Integer.Type) -> Integer {
            (0..<MemoryLayout<Integer>.size).reduce(0) { $0 | Integer(bytes[offset + $1]) << Integer(8 * $1) }
        }
        while at + 20 <= bytes.count {
            let (kind, file, length) = (number(at, UInt32.self), number(at + 4, UInt32.self), Int(number(at + 8, UInt32.self)))
            let offset = Int(number(at + 12, UInt64.self))
            guard at + 20 + length <= bytes.count else { break }  // the process died while it wrote this
            let payload = bytes[(at + 20)..<(at + 20 + length)]
            let text = kind == 2 || kind == 7 ? "" : String(decoding: payload, as: UTF8.self)
            switch kind {
            case 1:
                paths[file] = text
                entries.append((at, .opened(path: text, isNew: offset == 1)))
            case 2: entries.append((at, .wrote(path: paths[file] ?? "", offset: offset, bytes: payload)))
            case 3: entries.append((at, .cut(path: paths[file] ?? "", size: offset)))
            case 4: entries.append((at, .synced(path: paths[file] ?? "", covered: offset)))
            case 5: entries.append((at, .removed(path: text)))
            case 6:
                let both = text.components(separatedBy: "\n")
                entries.append((at, .renamed(from: both[0], to: both[1])))
            case 7: entries.append((at, .said(payload)))
            case 8: entries.append((at, .folderSynced(path: text, covered: offset)))
            default: throw SupportError.file("\(path): a record of kind \(kind) at \(at)")
            }
            at += 20 + length
        }
        self.entries = entries
    }

    /// Everything that was said up to a place, as text.
    func words(before place: Int) -> String {
        entries.prefix { $0.place < place }.reduce(into: "") { all, entry in
            if case .said(let bytes) = entry.entry { all += String(decoding: bytes, as: UTF8.self) + "\n" }
        }
    }
}

/// The disk as a power cut leaves it.
///
/// What was synced is there. Of what was not, any part may be: each sector of 512 bytes for itself, in whatever choice, so that pages are torn and later
/// writes are there without earlier ones. A file's entry in its folder is durable once the folder was synced; of those that were not, the first
/// few are there (journalling file systems keep their order).
struct CrashDisk {
    private final class File {
        var durable: [UInt8] = []
        var pending: [(place: Int, change: Change)] = []
    }

    private enum Change {
        case write(offset: Int, bytes: ArraySlice<UInt8>)
        case cut(size: Int)
    }

    private enum Naming {
        case made(String, File)
        case removed(String)
        case renamed(String, String)
    }

    private static let sector = 512
    private var live: [String: File] = [:]
    private var durableNames: [String: File] = [:]
    private var namings: [(place: Int, naming: Naming)] = []

    /// Takes an entry of the journal in.
    mutating func take(_ entry: DiskJournal.Entry, at place: Int) {
        switch entry {
        case .opened(let path, let isNew):
            guard isNew || live[path] == nil else { return }
            let file = File()
            live[path] = file
            namings.append((place, .made(path, file)))
        case .wrote(let path, let offset, let bytes): live[path]?.pending.append((place, .write(offset: offset, bytes: bytes)))
        case .cut(let path, let size): live[path]?.pending.append((place, .cut(size: size)))
        case .synced(let path, let covered):
            guard let file = live[path] else { return }
            for pending in file.pending where pending.place < covered { Self.apply(pending.change, to: &file.durable) }
            file.pending.removeAll { $0.place < covered }
        case .folderSynced(_, let covered):
            for naming in namings where naming.place < covered { Self.apply(naming.naming, to: &durableNames) }
            namings.removeAll { $0.place < covered }
        case .removed(let path):
            live[path] = nil
            namings.append((place, .removed(path)))
        case .renamed(let from, let to):
            live[to] = live.removeValue(forKey: from)
            namings.append((place, .renamed(from, to)))
        case .said: break
        }
    }

    /// Writes one of the possible disks.
    /// - Parameters:
    ///   - folder: the watched folder, as the journal names it.
    ///   - target: where the files go.
    func write(from folder: String, to target: String, _ random: inout SeededRandom) throws {
        var names = durableNames
        let kept = random.number(0...namings.count)
        for naming in namings.prefix(kept) { Self.apply(naming.naming, to: &names) }
        let percent = random.pick([0, 10, 50, 90, 100]) ?? 50
        for (path, file) in names.sorted(by: { $0.key < $1.key }) {
            var bytes = file.durable
            for (_, change) in file.pending { Self.applySome(change, to: &bytes, percent: percent, &random) }
            let place = target + path.dropFirst(folder.count)
            try FileManager.default.createDirectory(
                atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(bytes).write(to: URL(fileURLWithPath: place))
        }
    }

    private static func apply(_ naming: Naming, to names: inout [String: File]) {
        switch naming {
        case .made(let path, let file): names[path] = file
        case .removed(let path): names[path] = nil
        case .renamed(let from, let to): names[to] = names.removeValue(forKey: from) ?? names[to]
        }
    }

    private static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .write(let offset, let new):
            if bytes.count < offset + new.count { bytes.append(contentsOf: repeatElement(0, count: offset + new.count - bytes.count)) }
            bytes.replaceSubrange(offset..<offset + new.count, with: new)
        case .cut(let size):
            if size < bytes.count { bytes.removeLast(bytes.count - size) }
            if size > bytes.count { bytes.append(contentsOf: repeatElement(0, count: size - bytes.count)) }
        }
    }

    private static func applySome(_ change: Change, to bytes: inout [UInt8], percent: Int, _ random: inout SeededRandom) {
        guard case .write(let offset, let new) = change else {
            if random.happens(percent: percent) { apply(change, to: &bytes) }
            return
        }
        var start = offset
        while start < offset + new.count {
            let end = min((start / sector + 1) * sector, offset + new.count)
            let piece = new[(new.startIndex + start - offset)..<(new.startIndex + end - offset)]
            if random.happens(percent: percent) { apply(.write(offset: start, bytes: piece), to: &bytes) }
            start = end
        }
    }
}
