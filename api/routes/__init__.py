"""One module a group of addresses: pages, studies with their results, decisions."""
