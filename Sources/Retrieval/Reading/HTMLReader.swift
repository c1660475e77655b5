import CText

/// Reads HTML through libxml2's tolerant parser, without network, and keeps what a reader of the page would read: headings, paragraphs,
/// lists, tables, code. Scripts, styles, navigation, footers, forms and the like are left out; where the page has a `<main>`, only that is
/// read.
enum HTMLReader {
    static func read(_ text: String) -> Outline {
        // Its parser closes elements by searching the open ones: very deep nesting costs the square. Such a page is read without its tags.
        guard HTMLCaution.isTame(text) else { return PlainReader(style: .plain).read(HTMLCaution.withoutTags(text)) }
        return parse(text) ?? PlainReader(style: .plain).read(HTMLCaution.withoutTags(text))
    }

    /// A piece of HTML inside another text.
    static func read(fragment: String) -> Outline { read(fragment) }

    private static func parse(_ text: String) -> Outline? {
        let options = Int32(
            HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue | HTML_PARSE_NONET.rawValue)
        let document = Analyzer.withBytes(of: text) { bytes in
            bytes.withMemoryRebound(to: CChar.self) { htmlReadMemory($0.baseAddress, Int32(clamping: $0.count), nil, "UTF-8", options) }
        }
        guard let document else { return nil }
        defer { xmlFreeDoc(document) }
        guard let root = xmlDocGetRootElement(document) else { return Outline() }
        var writer = HTMLWriter()
        let title = first("title", below: root).map { content(of: $0) } ?? ""
        walk(first("main", below: root) ?? root, &writer)
        var outline = writer.finish()
        outline.title = title
        return outline
    }

    /// Walks the tree in the order of the text, without recursion.
    private static func walk(_ root: xmlNodePtr, _ writer: inout HTMLWriter) {
        var node = root
        while true {
            let isOpen = writer.open(node)
            if isOpen, let child = node.pointee.children {
                node = child
                continue
            }
            if isOpen { writer.close(node) }
            while node != root, node.pointee.next == nil {
                guard let parent = node.pointee.parent else { return }
                node = parent
                writer.close(node)
            }
            guard node != root, let next = node.pointee.next else { return }
            node = next
        }
    }

    private static func first(_ name: String, below root: xmlNodePtr) -> xmlNodePtr? {
        var node = root
        while true {
            if HTMLReader.name(of: node) == name { return node }
            if let child = node.pointee.children, node.pointee.type == XML_ELEMENT_NODE {
                node = child
                continue
            }
            while node != root, node.pointee.next == nil {
                guard let parent = node.pointee.parent else { return nil }
                node = parent
            }
            guard node != root, let next = node.pointee.next else { return nil }
            node = next
        }
    }

    private static func content(of node: xmlNodePtr) -> String {
        guard let text = xmlNodeGetContent(node) else { return "" }
        defer { text_free(text) }
        return String(cString: text).collapsed.trimmed()
    }

    /// The lower-case name of an element; empty for everything else.
    static func name(of node: xmlNodePtr) -> String {
        guard node.pointee.type == XML_ELEMENT_NODE, let name = node.pointee.name else { return "" }
        return String(cString: name)
    }
}
