"""What is really computed: one file per check and processing, run in processes beside the server (`__main__`)."""
