"""Who signs in with the browser, as both sides of the wire know them."""

PASSWORD = "seventeen-grey-herons-at-dawn"


def name_of(role):
    return role.lower().replace(" ", "-")
