import unittest

from shop.basket import cost, total


class BasketTest(unittest.TestCase):
    def test_cost(self):
        self.assertEqual(cost(3, 4), 12)

    def test_total(self):
        self.assertEqual(total([(3, 4), (1, 1)]), 13)
