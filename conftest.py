"""The root of the checkout needs nothing but the plugin, and the installed package brings that."""
