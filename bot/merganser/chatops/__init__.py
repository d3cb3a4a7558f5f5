"""What people say to the bot in comments: which commands a comment holds, and who may give them. Pure."""
