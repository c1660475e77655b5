"""Where things are on the pages, by what people call them. When a page changes, this is the file to change."""

import re


class Chat:
    """The customer's chat, as a page or in its frame."""

    def __init__(self, page):
        self.page = page
        self.words = page.get_by_label("Your message")
        self.send = page.locator("form").filter(has=self.words).get_by_role("button", name="Send", exact=True)
        self.person = page.get_by_role("button", name="Talk to a person")
        self.log = page.get_by_role("log")
        self.state = page.locator("#state")

    def say(self, text):
        self.words.fill(text)
        self.send.click()
        return self.entry(text)

    def entry(self, text):
        return self.log.locator(".entry").filter(has_text=text)

    @property
    def answers(self):
        """What the assistant said, after its greeting."""
        return self.log.locator(".entry.assistant:not(#m0)")


class Widget:
    """The chat on a company's own page: the button of the loader, and the chat in its frame."""

    def __init__(self, page):
        self.page = page
        self.launcher = page.get_by_role("button", name=re.compile("chat", re.IGNORECASE))
        self.frame = page.frame_locator("baton-chat iframe")
        self.chat = Chat(self.frame)


class Inbox:
    """The shared inbox, at the list or in a conversation."""

    def __init__(self, page):
        self.page = page
        self.rows = page.locator(".rows a")
        self.log = page.get_by_role("log")
        self.owner = page.locator("#owner")
        self.reply = page.locator("#text")
        self.tags = page.locator("#tags")
        self.alert = page.locator("#alert")
        self.note = page.locator("#note-text")
        self.there = page.locator("#there")

    def row(self, text):
        return self.rows.filter(has_text=text)

    def entry(self, text):
        return self.log.locator(".entry").filter(has_text=text)

    def button(self, name):
        return self.owner.get_by_role("button", name=re.compile(name))
