#include "app/registry.h"

#include "rooms/account/account.h"
#include "rooms/activity/activity.h"
#include "rooms/calendar/calendar.h"
#include "rooms/campaign/campaign.h"
#include "rooms/competitor/competitor.h"
#include "rooms/contact/contact.h"
#include "rooms/forecast/forecast.h"
#include "rooms/lead/lead.h"
#include "rooms/opportunity/opportunity.h"
#include "rooms/organisation/organisation.h"
#include "rooms/people/people.h"
#include "rooms/product/product.h"
#include "rooms/service/service.h"

const entity_def *const rooms[] = {
    &lead_entity,
    &form_entity,
    &form_attempt_entity,
    &assignment_rule_entity,
    &account_entity,
    &account_member_entity,
    &contact_entity,
    &contact_account_entity,
    &opportunity_entity,
    &opportunity_line_entity,
    &opportunity_competitor_entity,
    &opportunity_contact_entity,
    &opportunity_member_entity,
    &opportunity_change_entity,
    &competitor_entity,
    &quota_entity,
    &forecast_adjustment_entity,
    &campaign_entity,
    &campaign_member_entity,
    &campaign_state_entity,
    &campaign_cost_entity,
    &campaign_rule_entity,
    &case_entity,
    &activity_entity,
    &product_entity,
    &role_entity,
    &role_right_entity,
    &role_field_entity,
    &user_entity,
    &user_role_entity,
    &share_entity,
    &team_entity,
    &pipeline_entity,
    &pipeline_stage_entity,
    &fiscal_period_entity,
    &currency_rate_entity,
    &holiday_entity,
    &working_calendar_entity,
    &sla_rule_entity,
    NULL,
};
