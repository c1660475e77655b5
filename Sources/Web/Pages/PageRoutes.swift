/// The pages for people.
enum PageRoutes {
    static let all: [Route] =
        AssetRoutes.all + StartPages.all + DemoPage.all + SignInPages.all + AccountPages.all + TeamPages.all + ChatPages.all + ChatForms.all
        + WidgetRoutes.all
        + InboxPages.all + UsagePages.all
}
