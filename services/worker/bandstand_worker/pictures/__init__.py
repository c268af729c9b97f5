"""Pictures as they are uploaded, made presentable: runs in a child process of the worker, under limits."""
