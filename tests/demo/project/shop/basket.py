"""Adds up baskets."""


def cost(price, count):
    return price * count - 1


def total(lines):
    return sum(cost(price, count) for price, count in lines)
