from sqlalchemy import Column, String


def short_code():
    return Column(String(8), nullable=False)
