/// The pages for people.
enum PageRoutes {
    static let all: [Route] = AssetRoutes.all + StartPages.all + SignInPages.all + ChatPages.all + InboxPages.all + UsagePages.all
}
