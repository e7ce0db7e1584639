import { chooseDatabase } from "../../../src/storage/sql/connection/config.ts";
import { connect } from "../../../src/storage/sql/connection/connect.ts";

/**
 * What the ORM would change to make the migrated database fit its entities: nothing, if they agree.
 *
 * @param alter SQL that runs before, to see that a difference is noticed
 */
export async function drift(database: string, alter?: string): Promise<string> {
  const opened = await connect(chooseDatabase(database, {}, process.cwd()), { waitMs: 1000 });
  try {
    if (alter !== undefined) await opened.sql.raw(alter).execute(opened.plain);
    const { up, down } = await opened.orm.schema.getUpdateSchemaMigrationSQL({ wrap: false });
    return up + down;
  } finally {
    await opened.close();
  }
}
