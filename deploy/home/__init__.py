"""What is kept in NWD_HOME: secrets, the API's token, and who was erased."""
