import { DescribeContinuousBackupsCommand, DescribeTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import type { Aws } from "./aws.ts";

/**
 * What a table that the stack does not own lacks, as one that was restored from a backup does.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
 */
export async function tableWarnings({ dynamoDb }: Aws, TableName: string): Promise<string[]> {
  const [expiry, backups] = await Promise.all([
    dynamoDb.send(new DescribeTimeToLiveCommand({ TableName })),
    dynamoDb.send(new DescribeContinuousBackupsCommand({ TableName })),
  ]);
  const expires = expiry.TimeToLiveDescription?.TimeToLiveStatus?.startsWith("ENABL") ?? false;
  const { PointInTimeRecoveryStatus } = backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
  const command = `aws dynamodb update-time-to-live --table-name ${TableName} --time-to-live-specification`;
  return [
    ...(expires ? [] : [`nothing expires in the table ${TableName}: ${command} Enabled=true,AttributeName=expiresAt`]),
    ...(PointInTimeRecoveryStatus === "ENABLED"
      ? []
      : [
          `the table ${TableName} has no point-in-time recovery: aws dynamodb update-continuous-backups --table-name ` +
            `${TableName} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
        ]),
  ];
}
