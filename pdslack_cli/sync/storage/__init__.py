"""Tables of the service and the two databases that hold them."""
