import { Type, type EntityProperty, type Platform } from "@mikro-orm/core";
import { BasePostgreSqlPlatform } from "@mikro-orm/sql";
import { timestampFromText, timestampToText } from "./timestamp.ts";

/** What a driver may hand back for an instant: SQLite our text, PostgreSQL text or a Date, by who set up the connection. */
type StoredInstant = string | number | Date;

/**
 * A moment, epoch milliseconds in JS. PostgreSQL: `timestamptz(3)`. SQLite: text `YYYY-MM-DD HH:MM:SS.SSS` in UTC, the
 * form SQLite's own date functions speak, so that `timestamp > datetime('now', '-1 hour')` is right.
 */
export class TimestampType extends Type<number | null, StoredInstant | null> {
  override convertToDatabaseValue(value: number | null, platform: Platform): string | null {
    if (value === null || value === undefined) return null;
    return timestampToText(value) + (platform instanceof BasePostgreSqlPlatform ? "+00" : "");
  }

  override convertToJSValue(value: StoredInstant | null): number | null {
    return value === null || value === undefined ? null : timestampFromText(value);
  }

  override getColumnType(_prop: EntityProperty, platform: Platform): string {
    return platform instanceof BasePostgreSqlPlatform ? "timestamptz(3)" : "datetime";
  }

  override compareAsType(): string {
    return "number";
  }
}

/** A row id or count that may pass 2^31: `bigint` on PostgreSQL, whose drivers give text, `integer` on SQLite. */
export class BigIntegerType extends Type<number | null, string | number | bigint | null> {
  override convertToDatabaseValue(value: number | null): number | null {
    return value;
  }

  override convertToJSValue(value: string | number | bigint | null): number | null {
    return value === null || value === undefined ? null : Number(value);
  }

  override getColumnType(prop: EntityProperty, platform: Platform): string {
    if (!(platform instanceof BasePostgreSqlPlatform)) return "integer";
    return prop.autoincrement ? "bigserial" : "bigint";
  }

  override compareAsType(): string {
    return "number";
  }
}

/** Yes or no: `boolean` on PostgreSQL, 0 and 1 on SQLite, whose driver binds nothing else. */
export class FlagType extends Type<boolean | null, boolean | number | null> {
  override convertToDatabaseValue(value: boolean | null, platform: Platform): boolean | number | null {
    if (value === null || value === undefined) return null;
    return platform instanceof BasePostgreSqlPlatform ? value : Number(value);
  }

  override convertToJSValue(value: boolean | number | null): boolean | null {
    return value === null || value === undefined ? null : Boolean(value);
  }

  override getColumnType(_prop: EntityProperty, platform: Platform): string {
    return platform instanceof BasePostgreSqlPlatform ? "boolean" : "integer";
  }

  override compareAsType(): string {
    return "boolean";
  }
}
