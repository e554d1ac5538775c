import { TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';

const DECISIONS = 'directory_decision';
const COLUMNS = ['forbidden_by', 'deleted_by'] as const;

/** Who had taken an account's access away outlives its link: whoever is linked to it next is let in, or not, by that. */
export class DecidedAccess1795843000000 implements MigrationInterface {
  readonly name = 'DecidedAccess1795843000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const name of COLUMNS) {
      // MySQL commits after each DDL statement: what a crash left half done is finished by the next start.
      if (await queryRunner.hasColumn(DECISIONS, name)) continue;
      await queryRunner.addColumn(
        DECISIONS,
        new TableColumn({ name, type: 'varchar', length: '10', isNullable: true }),
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of COLUMNS) await queryRunner.dropColumn(DECISIONS, name);
  }
}
