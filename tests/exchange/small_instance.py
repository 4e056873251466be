"""A small complete instance, written by hand: every table, every kind of cell."""

from __future__ import annotations

from pathlib import Path

HEAD = """\
format = "1.0"
name = "workshop"
start = "2027-01-04T06:00"
timezone = "Europe/Berlin"
currency = "EUR"

[horizon]
daily = 7
weekly = 2
monthly = 0
schedule_days = 3

[costs]
holding_rate_per_year = 0.2
lateness = "bucket"

[solve]
gap = "1/1000"

[marketing]
choice_budget = 1500
"""

TABLES = {
    "items": """\
item,kind,description,unit,precision,unit_value,price,min_lot,lot_multiple,max_lot,safety_stock,max_stock,\
storage,shelf_life_days,min_remaining_life_days,setup_group,phase_in,phase_out,salvage_value,escape_cost,family,positioning_weight
lamp,finished,desk lamp,pcs,0,20,35,10,10,100,5,500,hall,,0,white,2027-01-01,2028-01-01,1,2.5,lighting,2.5
glue,raw,two components,kg,3,4.5,,0,0,0,0.25,,hall,90,10,,,,0,,,
shade,intermediate,,pcs,0,3,,0,0,0,0,,hall,,0,white,,,0,,,
shade_red,intermediate,,pcs,0,3,,0,0,0,0,,hall,,0,red,,,0,,,
lantern,finished,,pcs,0,25,45,0,0,0,0,,hall,,0,white,,,0,,,1/3
lights,finished,all lights,pcs,0,22,,0,0,0,0,,,,0,,,,0,,,
""",
    "bill_of_materials": """\
item,component,quantity,version,operation,per_quantity,scrap_fraction,valid_from,valid_to
lamp,shade,1,,assemble,1,0.01,,2027-06-30
lamp,shade_red,1,,assemble,1,0,2027-07-01,
shade,glue,0.05,,press,1,0.1,,
shade_red,glue,1/3,,press,1,0,,
""",
    "operations": """\
item,operation,sequence,version,run_minutes,per_quantity,fixed_minutes,batch_size,min_batch,yield_fraction,\
min_wait_minutes,max_wait_minutes,pausable,artwork_approved_on,overlap_quantity
lamp,assemble,10,,3,1,0,0,0,1,0,600,true,,
lamp,cure,20,,0,1,120,20,5,0.98,30,,false,2027-01-05,
lamp,repair,90,,2,1,0,0,0,0.9,0,,true,,
shade,press,10,,1.5,1,5,0,0,1,0,,true,,
shade_red,press,10,,1.5,1,5,0,0,1,0,,true,,
lantern,assemble,10,,4,1,0,0,0,1,0,,true,,5
lantern,pack,20,,1,1,0,0,0,1,15,,true,,
""",
    "operation_resources": """\
item,operation,resource,version,setup_minutes,setup_cost,run_minutes,cost_per_hour,preference,labour,labour_units,tool,\
skill
lamp,assemble,bench,,10,,,,0,crew,2,,
lamp,cure,oven,,0,,,12.5,0,,1,,
lamp,repair,bench,,5,,,,0,crew,1,,
shade,press,press,,15,1.25,,,0,crew,1,mould,moulding
shade_red,press,press,,15,,,,1,crew,1,mould,
lantern,assemble,bench,,10,,,,0,crew,2,,
lantern,pack,press,,0,,,,0,,1,,packing
""",
    "operation_pools": """\
item,operation,resource,pool,version,units
lamp,cure,oven,crew,,1
lantern,assemble,bench,mould,,1
""",
    "resources": """\
resource,kind,description,group,capacity,calendar,efficiency,cost_per_hour,overtime_calendar,\
overtime_cost_per_hour,max_overtime_hours_per_week,changeover_matrix,initial_setup_group,setup_in_breaks,energy_kw,\
campaign_max_hours,cleaning_minutes,campaign_hours_before
bench,machine,,hall,2,day,1,30,extra,45,10,,,false,0,,0,0
oven,machine,,hall,1,day,1,8,,0,,,,false,18.5,,0,0
press,machine,,hall,1,day,0.95,25,extra,40,8.5,colours,white,true,0,12.5,45,10/3
crew,labour,,,4,day,1,22,,0,,,,false,0,,0,0
mould,tool,,,1,,1,0,,0,,,,false,0,,0,0
lab,lab,,,2,day,1,15,,0,,,,false,0,,0,0
gate,dock,,,3,day,1,0,,0,,,,false,0,,0,0
packer,labour,,,1,day,1,20,,0,,,,false,0,,0,0
""",
    "skills": """\
resource,skill,valid_from,valid_to,efficiency
crew,moulding,,,1
packer,packing,2027-01-01,2027-12-31,1
""",
    "calendars": """\
calendar,weekday,date,from,to,capacity,kind,valid_from,valid_to
day,mon,,06:00,22:00,,work,,
day,tue,,06:00,22:00,,work,2027-01-01,2027-12-31
day,wed,,22:00,06:00,,work,,
day,4,,00:00,24:00,3,work,,
day,,2027-01-06,06:00,14:00,,closed,,
extra,saturday,,06:00,14:00,,overtime,,
""",
    "downtime": """\
downtime,resource,from,to,reason,flexible_from,flexible_to,minutes,every_run_hours,run_hours_before
belt,press,2027-01-05T10:00,2027-01-05T12:00,new belt,,,0,,0
,oven,,,cleaning,2027-01-04,2027-01-08,60,,0
oil,oven,,,oil change,,,30,37.5,100/3
""",
    "changeovers": """\
matrix,from_group,to_group,minutes,cost
colours,white,red,20,5
colours,red,white,45,9.99
""",
    "inspections": """\
inspection,stage,lab,slots,lab_minutes,item,operation,supplier,every_lots,sample_quantity,destructive,\
wait_minutes,analysts,labour,skill,reject_fraction,rework_operation,cost_per_lot,certificate
glue_in,incoming,lab,1,30,glue,,chem,2,0.1,true,0,0,,,0,,12,
lamp_mid,in_process,lab,1,15,lamp,assemble,,1,1,false,0,1,crew,moulding,0.02,repair,3,
lamp_out,final,lab,2,45,lamp,,,1,0,false,240,0,,,0,,8,CE
lamp_paper,certificate,lab,1,20,lamp,,,1,0,false,0,0,,,0,,2,CE
""",
    "suppliers": """\
supplier,item,lead_time_days,price,from_quantity,min_order,order_multiple,order_cost,capacity_per_week,calendar,\
valid_from,valid_to,quality_rating
chem,glue,5,4.75,0,10,2.5,30,500,day,,,0.98
chem,glue,5,4.25,100,10,2.5,30,500,day,,,
""",
    "stock": """\
lot,item,quantity,status,expires,available
G1,glue,12.345,unrestricted,2027-03-31,
,lamp,15,unrestricted,,
S1,shade,40,in_inspection,,2027-01-05T08:00
""",
    "receipts": """\
order,kind,item,quantity,due,status,version,operation,done_quantity,resource,firm
PO1,purchase,glue,50,2027-01-07,confirmed,,,0,,true
WO1,production,lamp,30,2027-01-05,,,assemble,10,bench,true
""",
    "orders": """\
order,item,quantity,due,customer,priority,price,late_cost_per_day,lost_cost,min_shipment,ship_from
A1,lamp,12,2027-01-08,acme,1,36,0.5,20,4,gate
A2,lamp,40,2027-01-14T12:00,acme,,,,,0,
""",
    "projections": """\
item,from,to,quantity,stream,segment,certainty,low,high,probability,weight,author,dated
lamp,2027-01-11,2027-01-17,120,marketing,retail,forecast,80,150,1,0.6,kim,2026-12-01
lamp,2027-01-18,2027-01-24,90,sales,retail,make,,,0.5,0.4,,
""",
    "customers": """\
customer,parent,priority,late_cost_per_day,lost_cost,service_target,transit_days,ship_calendar,backward_days,\
forward_days,complaint_cost
retail,,3,0.25,10,0.95,0,,5,2,40
acme,retail,,,,,1,day,,,
""",
    "promotions": """\
promotion,item,from,to,uplift_fraction,segment,cost,dip_fraction,dip_days,status,cannibalises,cannibal_fraction,\
min_uplift
P1,lamp,2027-01-11,2027-01-12,0.3,retail,500,0.1,3,approved,lantern,0.25,0.1
""",
    "launches": """\
launch,item,date,segment,gate,ramp_days,like_item,like_fraction,cost,status
spring,lantern,2027-01-15,retail,2027-01-13,5,lamp,0.4,900,approved
""",
    "learning": """\
item,run_time_factor,operation,date,launch_day
lantern,1.5,,,-14
lantern,4/3,assemble,,7
lamp,1.25,assemble,2027-01-01,
shade,1.2,,2027-01-11,
""",
    "life_cycle": """\
item,date,phase,factor,safety_stock
lamp,2027-01-18,decline,0.8,2
""",
    "prices": """\
item,from,price,segment,elasticity
lamp,2027-01-18,30,retail,-1.5
""",
    "market_events": """\
event,from,to,effect_fraction,item,family,segment,probability
rival,2027-01-11,2027-01-20,-0.2,lamp,,retail,0.3
""",
    "signals": """\
signal,item,from,to,quantity,segment,expires,author,dated
,lamp,2027-01-08,2027-01-09,-4,retail,2027-01-05,kim,2027-01-03
""",
    "planning_bills": """\
item,option,fraction,valid_from,valid_to
lights,lamp,0.7,2027-01-01,2027-12-31
lights,lantern,0.3,2027-01-01,2027-12-31
""",
    "history": """\
item,from,to,quantity,segment,stream
lamp,2026-12-07,2026-12-13,95,retail,
lamp,2026-12-07,2026-12-13,110,retail,marketing
""",
    "signatures": """\
cycle,author,signed,demand_hash,comment
2027-01,kim,2027-01-02,0123,as discussed
""",
    "tariffs": """\
calendar,cost_per_kwh
day,0.12
""",
    "market": """\
family,segment,from,to,sales
,retail,2027-01-01,2027-01-31,90000
lighting,acme,2027-02-01,2027-02-28,4000.5
""",
    "complaints": """\
complaint,kind,date,item,quantity,customer,lot,reason,cost
,return,2027-01-06,lamp,2,retail,WO1,does not light,12.5
K2,complaint,2027-01-07,glue,0.125,,G1,,
""",
    "funds": """\
fund,amount,description
plant-2027,200000,agreed in December
""",
    "budgets": """\
budget,category,from,to,limit,department,reserve,reserve_rule,reserve_from,spent,overrun_cost,priority,fund
overtime,overtime,2027-01-01,2027-01-31,900,plant,100,dated,2027-01-16,40,2,1,plant-2027
year,purchase,2027-01-01,2027-12-31,250000,,,held,,,,2,plant-2027
""",
    "spending": """\
category,date,amount,object,item,quantity
purchase,2027-01-05,312.50,PO-9,glue,12
revenue,2027-01-06,-20,,,
""",
    "targets": """\
figure,from,to,value
adherence,2027-01-01,2027-03-31,0.95
spent,2027-01-01,2027-03-31,90000
""",
    "storages": """\
storage,capacity,unit,cost_per_unit_day
hall,2000,pcs,0.01
""",
    "locks": """\
lock,kind,object,resource,from,to,reason,author,expires
L1,run,WO1/assemble,bench,2027-01-04T07:00,,customer visit,kim,
,resource,oven,,2027-01-05T06:00,2027-01-05T07:00,guests,kim,2027-01-05
L3,order,A1,,,2027-01-09,promised,kim,
L4,item,shade_red,,2027-01-04,2027-01-04,no red,kim,
""",
    "previous_runs": """\
lot,operation,item,resource,quantity,from,to
L00001,assemble,lamp,bench,30,2027-01-05T07:00,2027-01-05T07:00
L00002,assemble,lamp,bench,30,2027-01-18,2027-01-25
""",
    "actuals": """\
kind,object,item,operation,resource,quantity,rejected,from,at,minutes,finished
run,WO1,lamp,assemble,bench,20,1,2027-01-04T06:00,2027-01-04T07:00,55,false
receipt,PO1,glue,,,49.5,0.5,,2027-01-04T06:00,0,true
count,glue,glue,,,49.5,0,,2027-01-04T06:00,0,true
""",
}


def write_small(folder: Path) -> Path:
    """Write the instance as a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plant.toml").write_text(HEAD, encoding="utf-8")
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def grid(table: str) -> list[list[str]]:
    """Return a table's cells, header first."""
    return [line.split(",") for line in TABLES[table].splitlines()]
