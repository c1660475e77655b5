/// What can go wrong in the tests' own equipment.
package enum SupportError: Error {
    /// A socket could not be opened; the text names the call and errno.
    case socket(String)
    /// What a test waited for did not happen within two minutes.
    case nothingHappened(String)
    /// A file or folder could not be made.
    case file(String)
}
