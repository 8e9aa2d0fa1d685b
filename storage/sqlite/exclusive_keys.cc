#include "storage/sqlite/exclusive_keys.h"

#include "base/status.h"

namespace skald::sqlite {
namespace {

Statement About(Connection& connection, const Sql& sql, const v1::SagaRecord& saga) {
  Statement statement = connection.Prepare(sql);
  statement.Bind(saga.exclusive_key()).Bind(saga.id());
  return statement;
}

Statement AboutWaiting(Connection& connection, const Sql& sql, const v1::SagaRecord& saga) {
  Statement statement = About(connection, sql, saga);
  statement.Bind(saga.created_us());
  return statement;
}

}  // namespace

absl::StatusOr<bool> MayTakeKey(Connection& connection, const v1::SagaRecord& saga) {
  Statement statement = AboutWaiting(connection, kMayTakeKey, saga);
  SKALD_RETURN_IF_ERROR(statement.Step().status());
  return statement.Int(0) != 0;
}

absl::Status WriteClaim(Connection& connection, KeyClaim claim, const v1::SagaRecord& saga) {
  switch (claim) {
    case KeyClaim::kNone: break;
    case KeyClaim::kTake:
      SKALD_RETURN_IF_ERROR(About(connection, kHoldKey, saga).Run());
      return AboutWaiting(connection, kStopWaiting, saga).Run();
    case KeyClaim::kWait: return AboutWaiting(connection, kWaitForKey, saga).Run();
    case KeyClaim::kRelease:
      SKALD_RETURN_IF_ERROR(About(connection, kLetKeyGo, saga).Run());
      return AboutWaiting(connection, kStopWaiting, saga).Run();
  }
  return absl::OkStatus();
}

absl::StatusOr<KeyHolder> FindKey(Connection& connection, std::string_view key) {
  Statement statement = connection.Prepare(kFindKey);
  SKALD_RETURN_IF_ERROR(statement.Bind(key).Step().status());
  return KeyHolder{std::string(statement.Bytes(0)), std::string(statement.Bytes(1))};
}

}  // namespace skald::sqlite
