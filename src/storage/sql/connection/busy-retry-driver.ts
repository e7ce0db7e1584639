import { CompiledQuery, type DatabaseConnection, type Dialect, type Driver } from "kysely";
import { retryWhileBusy } from "./busy-retry.ts";

/** A SQLite dialect whose driver says `BEGIN IMMEDIATE` and waits for other writers on timers. */
export function busyRetryDriver<T extends Dialect>(dialect: T, waitMs: number, onLocked: () => void): T {
  const create = dialect.createDriver.bind(dialect);
  dialect.createDriver = () => makePatient(create(), waitMs, onLocked);
  return dialect;
}

function makePatient(driver: Driver, waitMs: number, onLocked: () => void): Driver {
  const acquire = driver.acquireConnection.bind(driver);
  const patient = new WeakSet<DatabaseConnection>();
  driver.acquireConnection = async (options) => {
    const connection = await acquire(options);
    if (patient.has(connection)) return connection;
    patient.add(connection);
    const run = connection.executeQuery.bind(connection);
    // A statement that was refused as busy changed nothing. Within BEGIN IMMEDIATE none is refused.
    connection.executeQuery = (query, options) => retryWhileBusy(waitMs, () => run(query, options), onLocked);
    return connection;
  };
  driver.beginTransaction = async (connection) => {
    // A deferred transaction that reads first and then finds another writer cannot wait: it can only fail.
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  };
  return driver;
}
