/// The pages for people.
enum PageRoutes {
    static let all: [Route] = []
}
