// Loads orders by Drizzle's relational queries, prepared: reads lines "PAGE START TIMES", where a page of 0 is one order by
// its key, and answers each with the nanoseconds that it took.
import { createInterface } from "node:readline";
import { drizzle } from "drizzle-orm/node-postgres";
import { relations, sql } from "drizzle-orm";
import { bigint, integer, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import pg from "pg";

const key = (name) => bigint(name, { mode: "number" });
const customers = pgTable("customers", { id: key("id").primaryKey(), name: text().notNull(), email: text().notNull() });
const addresses = pgTable("addresses", {
  id: key("id").primaryKey(), street: text().notNull(), city: text().notNull(), country: text().notNull(),
});
const products = pgTable("products", { id: uuid().primaryKey(), name: text().notNull(), slug: text().notNull() });
const orders = pgTable("orders", {
  id: key("id").primaryKey(), customer_id: key("customer_id").notNull(), shipping_address_id: key("shipping_address_id"),
  status: text().notNull(), placed_at: timestamp({ withTimezone: true }).notNull(),
});
const orderItems = pgTable("order_items", {
  id: key("id").primaryKey(), order_id: key("order_id").notNull(), product_id: uuid().notNull(),
  quantity: integer().notNull(), price_cents: integer().notNull(),
});
const schema = {
  customers, addresses, products, orders, orderItems,
  orderRelations: relations(orders, ({ one, many }) => ({
    customer: one(customers, { fields: [orders.customer_id], references: [customers.id] }),
    shippingAddress: one(addresses, { fields: [orders.shipping_address_id], references: [addresses.id] }),
    items: many(orderItems),
  })),
  itemRelations: relations(orderItems, ({ one }) => ({
    order: one(orders, { fields: [orderItems.order_id], references: [orders.id] }),
    product: one(products, { fields: [orderItems.product_id], references: [products.id] }),
  })),
};

const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
const db = drizzle(client, { schema });
const shape = {
  customer: true,
  shippingAddress: true,
  items: {
    columns: { id: true, quantity: true, price_cents: true },
    with: { product: { columns: { name: true, slug: true } } },
    orderBy: (item, { asc }) => asc(item.id),
  },
};
const one = db.query.orders.findFirst({
  with: shape, where: (order, { eq }) => eq(order.id, sql.placeholder("id")),
}).prepare("one");
const page = db.query.orders.findMany({
  with: shape, orderBy: (order, { asc }) => asc(order.id),
  limit: sql.placeholder("page"), offset: sql.placeholder("start"),
}).prepare("page");

for await (const line of createInterface({ input: process.stdin })) {
  const [count, start, times] = line.split(" ").map(Number);
  const started = process.hrtime.bigint();
  for (let id = 1; id <= times; id++) {
    const found = count ? await page.execute({ page: count, start }) : [await one.execute({ id })];
    const items = found.reduce((sum, order) => sum + order.items.filter((item) => item.product).length, 0);
    if (found.length !== (count || 1) || items !== 4 * found.length) throw new Error("not all was loaded");
  }
  console.log(String(process.hrtime.bigint() - started));
}
