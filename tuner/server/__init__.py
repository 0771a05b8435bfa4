"""The benchmark service: the engine over HTTP and in a browser. Nothing in here imports Ray or a plug-in."""
