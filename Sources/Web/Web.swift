// The room `Web`: the JSON API, the pages and the live stream, and the only one that knows HTML and the API's shapes of JSON. It may import
// Assistant and nothing below it. It is empty so far: people meet the product in the terminal.
