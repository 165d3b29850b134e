"""What pytest needs at the root of the checkout: nothing but the plugin, which the installed package brings."""
