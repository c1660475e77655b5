// The room `Inbox`.
